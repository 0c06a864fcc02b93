"""Legal forms of companies in many countries, and a company's name without them.

The forms are a selection by hand of those that appear in names; ISO 20275 is the full list. "group",
"holdings", "trust" and "fund" are no legal forms but are dropped and added to names as freely.
"""

from leadgen.duplicates.folding import WORD, fold

_FORMS = """
inc|incorporated|corp|corporation|co|company|llc|l l c|lc|lp|l p|llp|l l p|lllp|pllc|pc|p c|pbc|ltd|limited
plc|p l c|public limited company|public company limited|public company|pcl|unlimited|cic
gmbh|g m b h|ggmbh|mbh|kg|kgaa|ohg|ag|a g|se|s e|ug|haftungsbeschraenkt|haftungsbeschrankt|e v|ev|eg
aktiengesellschaft|sa|s a|sas|s a s|sasu|sarl|s a r l|eurl|snc|s n c|sca|s c a|sci|societe anonyme|gie|scop
spa|s p a|srl|s r l|srls|sapa|s a p a|societa per azioni|sl|s l|slu|s l u|sau|s a u|slp|sociedad anonima
sociedad limitada|s de r l de c v|s de rl de cv|sa de cv|s a de c v|sab de cv|s a b de c v|sapi de cv
s a p i de c v|sab|saa|sac|eirl|ltda|limitada|eireli|sgps|s g p s|cia|lda
bv|b v|nv|n v|vof|cvba|bvba|sprl|s p r l|asbl|vzw|ivzw|ab|a b|publ|aktiebolag|oy|oyj|abp|as|a s|asa|a s a
aps|a p s|ans|hf|ehf|ohf|k s|i s|amba|sp z o o|spzoo|sp zoo|s k a|sp k|sp j|spolka akcyjna
spolka z ograniczona odpowiedzialnoscia|z o o|s r o|sro|spol s r o|a d|ad|ood|eood|ead|kft|zrt|nyrt|bt
d o o|doo|d d|dd|j d o o|uab|sia|ou|ooo|oao|zao|pao|ao|pjsc|ojsc|cjsc|jsc|tov
kk|k k|kabushiki kaisha|kabushiki gaisha|gk|g k|godo kaisha|yk|y k|pty|proprietary|pte|sdn|bhd|berhad|tbk|pt
pvt|private|opc|wll|w l l|fze|fzco|fz llc|fzc|dmcc|psc|qpsc|qsc|q p s c|q s c|sae|s a e|saog|s a o g|saoc|kscp
k s c p|kscc|k s c c|spc|bsc|b s c|ae|a e|anonim sirketi|sirketi|ltd sti|sti
ооо|оао|зао|пао|ао
holding|holdings|group|groupe|gruppe|grupo|gruppo|trust|fund|reit
"""
_SUFFIXES: frozenset[tuple[str, ...]] = frozenset(
    tuple(form.split()) for line in _FORMS.split("\n") for form in line.split("|") if form
)
_MAX_BRACKETS = 3
_LONGEST = max(len(form) for form in _SUFFIXES)
_LEADING_FORMS = "the pt ooo oao zao pao ao pjsc ojsc jsc tov uab sia ab as oy kk ооо оао зао пао ао"
_PREFIXES = frozenset(_LEADING_FORMS.split())
# Scripts that write the form without a space.
_ATTACHED = (
    "股份有限公司",
    "有限责任公司",
    "有限公司",
    "株式会社",
    "有限会社",
    "合同会社",
    "(株)",
    "주식회사",
    "㈜",
)


def is_legal_form(tokens: tuple[str, ...]) -> bool:
    """Whether folded tokens are one legal form, such as ("s", "p", "a")."""
    return tokens in _SUFFIXES


def core_span(tokens: list[str]) -> tuple[int, int]:
    """Half-open range of the folded tokens left without legal forms at the ends; never empty for a name."""
    start, end = 0, len(tokens)
    while end > 1 and (length := _suffix_length(tokens, end)):
        end -= length
    while end - start > 1 and tokens[start] in _PREFIXES:
        start += 1
    return start, end


def _suffix_length(tokens: list[str], end: int) -> int:
    for length in range(min(_LONGEST, end - 1), 0, -1):
        if tuple(tokens[end - length : end]) in _SUFFIXES:
            return length
    return 0


def name_without_suffix(name: str) -> str:
    """The name in its own spelling without legal forms and a closing bracket: "Foo (Asia) Ltd." → "Foo".

    What would leave nothing stays: "Group Ltd" → "Group", "" → "". Linear in the length of the name.
    """
    for form in _ATTACHED:
        if form in name and name != form:
            name = name.replace(form, " ")
    for _ in range(_MAX_BRACKETS):
        name = _trim(name)
        opened = name.rfind("(")
        if opened < 1 or not name.endswith(")") or not WORD.search(name[:opened]):
            break
        name = name[:opened]
    return _trim(name)


def _trim(name: str) -> str:
    found = list(WORD.finditer(name))
    if not found:
        return name.strip()
    start, end = core_span([fold(word.group()) for word in found])
    if end == len(found) and start == 0:
        return name.strip()
    # A parenthesis that closes after the last word kept belongs to it.
    closing = end - 1
    stop = found[closing].end()
    return name[found[start].start() : stop + (name[stop : stop + 1] == ")" and "(" in name[:stop])].strip()
