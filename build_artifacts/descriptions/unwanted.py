"""What must not come from a page into a description, nor be shown to a model: instructions, addresses, code."""

import re

_ADDRESS = re.compile(
    r"\w{2,12}:/{1,2}\S|www\.\S|\S@\S|\b\S+\s*[\[(]\s*(?:at|@)\s*[\])]\s*\S+|\bhxxps?\b|data:\w+/|javascript:"
    r"|\b[\w-]+\.(?:com|org|net|io|co|ai|gov|edu|info|biz|uk|us|de|fr|ru|cn|xyz|top|shop|app|dev|me|eu|ca|au|in|test|example)\b",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\w.,$€£%])\+?\(?\d[\d\s().\-/]{6,}\d\b")
_FIGURES = re.compile(r"^\d{1,3}(?:[,.\s]\d{3})+(?:\.\d+)?$|^(?:19|20)\d\d\s*[-/–]\s*(?:19|20)?\d\d$")
_CONTACT = re.compile(
    r"\b(?:call|phone|tel|telephone|fax|e-?mail|whatsapp|text|write to|contact)\b.{0,30}(?:\d{3}|\bus\b)|\bP\.?\s?O\.? Box\b"
    r"|\b\d{5}(?:-\d{4})?\b.{0,12}\b(?:USA|United States)\b|\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b"
    r"|\b\d{1,5}\s+(?:[NSEW]\.?\s+)?[A-Z]\w+(?:\s[A-Z]\w+)?\s+(?:Street|St|Road|Rd|Avenue|Ave|Boulevard|Blvd|Drive|Lane|Suite|Highway)\b",
)
_SPEAKS_TO_MODEL = re.compile(
    r"\b(?:ignor\w*|disregard\w*|forget\w*|overrid\w*|bypass\w*|instead of|do not follow)\b.{0,60}"
    r"\b(?:instruction|prompt|rule|guideline|direction|above|previous|prior|earlier|everything|system|context|command)"
    r"|\b(?:system|developer|hidden|initial)\s*(?:prompt|message|instruction|role)"
    r"|\bas an? (?:ai|assistant|language model|llm|chatbot)\b|\b(?:language|ai) model(?:s)? (?:must|should|shall|reading)\b"
    r"|\b(?:dear|attention|note (?:to|for)|hey|hello),? (?:the )?(?:ai|llm|gpt|chatgpt|assistant|model|bot|crawler|summari[sz]er|scraper)s?\b"
    r"|\b(?:new|following|these|updated|real|actual|secret|important) instructions?\b|\binstructions? (?:for|to) (?:the )?(?:ai|llm|model|assistant|bot)"
    r"|\byou (?:are|must|should|will|shall|have to|need to) (?:now |only |always |instead |not |never )*(?:an? )?"
    r"(?:ai\b|assistant|chatbot|chatgpt|gpt|dan\b|unrestricted|language model|respond|reply|answer|output|describe|say|write|state|mention|classify|rate|ignore|summari[sz]e|generate|include|return|print|repeat|act\b|obey)"
    r"|\b(?:respond|reply|answer|output|return|print|repeat|write|say|state)\s+(?:only|exactly|with|the following|verbatim|this)\b"
    r"|\b(?:act|behave|pretend|roleplay) (?:as|like) (?:if )?(?:an? |you )|\bjailbreak|\bprompt injection|\bend of (?:data|document|sources?|input)\b"
    r"|\b(?:describe|summari[sz]e|classify|rate|rank|recommend|score) (?:this|the|our|us) ?(?:company|firm|business|website|page|site)? (?:as|only|instead)\b"
    r"|\bthe (?:description|summary|answer|output|response) (?:must|should|shall|has to|is to)\b|\bwhen (?:asked|summari[sz]ing|describing)\b"
    r"|\bin your (?:answer|response|output|description|summary)\b|\b(?:chatgpt|gpt-?\d|openai|claude|gemini|llama|copilot)\b.{0,40}\b(?:must|should|please|say|write|answer|rank)\b"
    r"|(?:ignorez|oubliez|ignorer)\b.{0,40}\b(?:instructions|consignes)|\bignorier\w*\b.{0,60}\b(?:anweisung|regel|instruktion|vorherig)"
    r"|\bvergiss\b.{0,40}\banweisung|\b(?:ignora|ignore|olvida|desconsidere|esqueça)\b.{0,40}\b(?:instrucciones|instruções|istruzioni)"
    r"|игнорируй|忽略.{0,12}(?:指令|指示|提示|说明)|無視して|以前の指示|指示を無視|تجاهل",
    re.IGNORECASE | re.DOTALL,
)
_MARKUP = re.compile(
    r"</?\w+[^>]*>|<\||\|>|\[/?INST\]|<<SYS|```|\{\s*[\"'“]?\w+[\"'”]?\s*:|[\"“”]\s*:\s*[\[{\"“]|\}\s*[\]},]|###|\b(?:system|assistant|user|human)\s*:"
    r"|&(?:lt|gt|#\d+);|\\[nu\"x]|=>|\bfunction\s*\(|\bvar \w+\s*=|;\s*\}|%[0-9A-Fa-f]{2}%",
    re.IGNORECASE,
)
_BASE64 = re.compile(r"\b[A-Za-z0-9+/]{40,}={0,2}")


def has_contact(text: str) -> bool:
    """Whether a text holds a web, e-mail or street address, a telephone number, or asks to be in touch."""
    if _ADDRESS.search(text) or _CONTACT.search(text):
        return True
    return any(not _FIGURES.match(found.group().strip()) for found in _PHONE.finditer(text))


def is_steering(text: str) -> bool:
    """Whether a text speaks to a language model, or is written in its notation."""
    return any(pattern.search(text) for pattern in (_SPEAKS_TO_MODEL, _MARKUP, _BASE64))


def is_unwanted(text: str) -> bool:
    """Whether it is one or the other."""
    return is_steering(text) or has_contact(text)
