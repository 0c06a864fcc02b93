"""What must not come from a page into a description, nor be shown to a model: instructions, addresses, code."""

import re

_ADDRESS = (
    r":/{1,2}\S", r"www\.\S", r"\S@\S", r"[\[(]\s*(?:at|@)\s*[\])]", r"\bhxxps?\b", r"data:\w+/", r"javascript:",
    r"\w\.(?:com|org|net|io|co|ai|gov|edu|info|biz|uk|us|de|fr|ru|cn|xyz|top|shop|app|dev|me|eu|ca|au|test)\b",
)  # fmt: skip
_CONTACT = (
    r"\b(?:call|phone|tel|telephone|fax|e-?mail|whatsapp|text|write to|contact)\b.{0,30}(?:\d{3}|\bus\b)",
    r"\bP\.?\s?O\.? Box\b",
    r"\b\d{5}(?:-\d{4})?\b.{0,12}\b(?:USA|United States)\b",
    r"\b(?-i:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})\b",
    r"\b\d{1,5}\s+(?:\w+\.?\s+){1,3}(?-i:Street|St|Road|Rd|Avenue|Ave|Boulevard|Blvd|Drive|Lane|Suite|Highway)\b",
)
_PHONE = re.compile(r"(?<![\w.,$€£%])\+?\(?\d[\d\s().\-/]{6,}\d\b")
_FIGURES = re.compile(r"^\d{1,3}(?:[,.\s]\d{3})+(?:\.\d+)?$|^(?:19|20)\d\d\s*[-/–]\s*(?:19|20)?\d\d$")

_MODEL = (
    r"(?:ai|llms?|gpt|chatgpt|assistants?|(?:language |ai )?models?|chatbots?|bots?|crawlers?|summari[sz]ers?|"
    r"scrapers?)"
)
_TELL = (
    r"(?:respond|reply|answer|output|describe|say|write|state|mention|classify|rate|ignore|summari[sz]e|generate|include|"
    r"return|print|repeat|act|obey|recommend|rank|score|disregard|translate|reveal)"
)
_OUR_TEXT = (
    r"(?:instructions?|prompts?|rules?|guidelines?|directions?|above|previous|prior|earlier|everything|system|context|"
    r"commands?)"
)
_SPEAKS_TO_MODEL = (
    rf"\b(?:ignor\w*|disregard\w*|forget\w*|overrid\w*|bypass\w*|instead of|do not follow)\b.{{0,60}}\b{_OUR_TEXT}\b",
    r"\b(?:system|developer|hidden|initial)\s*(?:prompt|message|instruction|role)",
    rf"\bas an? {_MODEL}\b",
    rf"\b(?:dear|attention|note (?:to|for)|hey|hello|to)\b[,:]? (?:the |any |all )?{_MODEL}\b\s*[,:!.]",
    rf"\b{_MODEL} (?:must|should|shall|reading|are (?:told|instructed|required))\b",
    r"\b(?:new|following|these|updated|real|actual|secret|important) instructions?\b",
    rf"\binstructions? (?:for|to) (?:the |any |all )?{_MODEL}\b",
    (
        rf"\byou (?:are|must|should|will|shall|have to|need to) (?:now |only |always |instead |not |never )*"
        rf"(?:an? )?(?:{_MODEL}\b|dan\b|unrestricted|{_TELL}\b)"
    ),
    rf"\b{_TELL}\s+(?:only|exactly|with|the following|verbatim|this|that the company)\b",
    r"\b(?:act|behave|pretend|roleplay) (?:as|like) (?:if )?(?:an? |you )",
    r"\bjailbreak",
    r"\bprompt injection",
    r"\b(?:end|start|begin(?:ning)?) of (?:the )?(?:data|document|sources?|input|sentences|text|prompt)\b",
    (
        r"\b(?:describe|summari[sz]e|classify|rate|rank|recommend|score) "
        r"(?:this|the|our|us|it) ?(?:company|firm|business|website|page|site)? (?:as|only|instead)\b"
    ),
    r"\bthe (?:description|summary|answer|output|response) (?:must|should|shall|has to|is to)\b",
    r"\bwhen (?:asked|summari[sz]ing|describing)\b",
    r"\bin your (?:answer|response|output|description|summary)\b",
    r"\b(?:chatgpt|gpt-?\d|openai|claude|gemini|llama|copilot)\b.{0,40}\b(?:must|should|please|say|write|answer|rank)\b",
    r"\bnumbered sentences\b",
    r"(?:ignorez|oubliez|ignorer)\b.{0,40}\b(?:instructions|consignes)",
    r"\bignorier\w*\b.{0,60}\b(?:anweisung|regel|instruktion|vorherig)",
    r"\bvergiss\b.{0,40}\banweisung",
    r"\b(?:ignora|ignore|olvida|desconsidere|esqueça)\b.{0,40}\b(?:instrucciones|instruções|istruzioni)",
    "игнорируй",
    "忽略.{0,12}(?:指令|指示|提示|说明)",
    "無視して|以前の指示|指示を無視",
    "تجاهل",
)
_MARKUP = (
    r"</?\w+[^>]*>", r"<\||\|>", r"\[/?INST\]", "<<SYS", "```", r"\{\s*[\"'“]?\w+[\"'”]?\s*:", r"[\"“”]\s*:\s*[\[{\"“]",
    r"\}\s*[\]},]", "###", r"\b(?:system|assistant|user|human)\s*:", r"&(?:lt|gt|#\d+);", r"\\[nu\"x]", "=>",
    r"\bfunction\s*\(", r"\bvar \w+\s*=", r";\s*\}", "%[0-9A-Fa-f]{2}%", r"\b[A-Za-z0-9+/]{40,}={0,2}",
)  # fmt: skip
_STEERING = re.compile("|".join((*_SPEAKS_TO_MODEL, *_MARKUP)), re.IGNORECASE | re.DOTALL)
_REACHING = re.compile("|".join((*_ADDRESS, *_CONTACT)), re.IGNORECASE)


def has_contact(text: str) -> bool:
    """Whether a text holds a web, e-mail or street address, a telephone number, or asks to be in touch."""
    if _REACHING.search(text):
        return True
    return any(not _FIGURES.match(found.group().strip()) for found in _PHONE.finditer(text))


def is_steering(text: str) -> bool:
    """Whether a text speaks to a language model, or is written in its notation.

    A pattern knows what was seen before. What it lets through still has to look like a sentence on the company to be
    chosen, and cannot say anything in a description that stands nowhere on the page.
    """
    return _STEERING.search(text) is not None


def is_unwanted(text: str) -> bool:
    """Whether it is one or the other."""
    return is_steering(text) or has_contact(text)
