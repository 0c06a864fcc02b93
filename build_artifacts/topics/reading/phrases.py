"""Phrases that only the frame of a call has: its opening and close, legal notices, hand-overs, the operator's work.

Regular expressions of RE2, matched by Arrow over a whole array; upper and lower case are the same but for (?-i:…).
"""

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from build_artifacts.topics.reading.text_pieces import Texts

LONGEST_FRAME = 220
"""Characters; a longer sentence that holds a phrase of `FRAME` says something besides."""

_CALL = r"(conference call|call|conference|floor|lines?|program|webcast|meeting|session|podium|presentation|discussion)"
_MATERIAL = (
    r"(press release|earnings release|news release|presentation|slides?|slide deck|supplement\w*|webcast|replay|"
    r"transcript|reconcil(e|ed|es|iations?)|filings|materials|documents|"
    r"(additional|further|more) information|disclosures?)"
)
_LEAD_IN = (
    r"^(ok\w*|so|and|now|then|next|finally|with that|if|please|let's|let us|let me|i'll|i will|i'd like to|we'll|"
    r"we|you|can|will|\W)*"
)
_ON = r"( now| on| over| next| back| ahead| along| quickly)*"

# 17 CFR 240.3b-6 and the Private Securities Litigation Reform Act of 1995 have companies say these; Regulation G
# (17 CFR 244) has them reconcile measures that are not GAAP's.
LEGAL = (
    r"forward[- ]looking (statement|information|comment|remark)",
    r"\bsafe[- ]harbou?r\b.*\b(act|statements?|provisions?|language|disclos\w+|slide|notice|release)\b",
    r"private securities litigation reform",
    r"\bactual (results|outcomes|performance|events)\b.*\b(differ|vary)\b",
    (
        r"\b(results|outcomes|events|statements)\b.*\bdiffer (materially|significantly)\b.*\b(from"
        r"|statements|expectations)\b"
    ),
    r"\brisk factors?\b.*\b(10-?[kq]|sec\b|securities and exchange|filings?\b|annual report)",
    (
        r"\b(10-?[kq]|sec|filings|securities and exchange commission)\b.*\b(risk factors"
        r"|risks and uncertainties|risks)\b"
    ),
    r"\brisks\b.*\b(10-?[kq]|sec filings|filings with the|securities and exchange commission)\b",
    r"\b(undertake|assume|under|have)s? no (obligation|duty)\b|\bdisclaims? any (obligation|duty|intent)",
    (
        r"\b(not|no) (undertake|intend|assume|obligation|duty|obligated|intention)\b.*\b(update"
        r"|revise) (any|these|those|such|the|our|its)\b"
    ),
    r"\b(statements|results|expectations|remarks|beliefs)\b.*\bsubject to (\w+,? ){0,5}risks",
    r"\b(statements?|remarks|comments)\b.*\b(made|speak|current|valid)\b.*\bas of (today|the date|this date)\b",
)
OPERATOR = (
    r"\byour lines? (is|are) (now )?open\b|\blisten[- ]only mode\b|\bpress(ing)? (star|\*|the star|zero)\b",
    r"\[operator|\boperator instructions\b|\bstanding by\b|\byou may (now )?(disconnect|begin|proceed|go ahead)\b",
    (
        r"\b(our|your|the|my|and|a|for|to)? ?(first|next|last|final|another) questions? (is from|comes?"
        r"|will come|today|please|goes to)\b"
    ),
    r"\bquestions? (is|are|comes?|coming|will come)( in)? (today )?from (the line|(?-i:[A-Z]))|\bfrom the line of\b",
    (
        r"\b(call|conference|presentation|remarks|event|webcast) (is|are|will be"
        r"|has been) (also )?(being )?(webcast|recorded|broadcast)\b"
    ),
)
# Those of a sentence without figures.
MEASURES = (
    (
        r"\bnon-?gaap\b.*\b(reconcil(e|ed|es|iations?)|measures?|information|metrics"
        r"|adjustments)\b.*\b(today|discuss\w*|refer\w*|website|release|call|schedules?|tables?|includ\w+"
        r"|presentation|disclos\w+|defin\w+|found|provided?|unless|remarks|useful)\b"
    ),
    (
        r"\b(today|discuss\w*|refer\w*|during|remarks|comments|includ\w+|release|call)\b.*\bnon-?(us "
        r"|u\.s\. )?gaap\b (\w+ ){0,3}(measures?|information|metrics|terms|items|basis)\b"
    ),
    r"\breconcil(e|ed|es|iations?)\b.*\b(gaap|measures?)\b|\b(gaap|measures?)\b.*\breconcil(e|ed|es|iations?)",
)
# Those of a short sentence without figures.
FRAME = (
    (
        r"\b"
        + _MATERIAL
        + r"\b.*\b(available|posted|found|find|published|accessed|located|downloaded|on|at)\b.*\b(website"
        r"|web site|\.com)\b"
    ),
    r"\b(website|web site)\b.*\b" + _MATERIAL + r"\b",
    (
        r"\b(issued|posted|published|distributed|furnished) (a|an|our|the|its|this|today's|two"
        r"|earlier) (\w+ ){0,5}" + _MATERIAL + r"\b"
    ),
    (
        r"\b" + _MATERIAL + r"\b (was|were|is|has been|have been|that was|that were|we) (\w+ )?(issued|posted|published"
        r"|distributed|furnished)\b"
    ),
    (
        r"\binvestor relations (section|page|portion|website|site|tab|team|department)\b"
        r"|\binvestors? (section|page|tab) of\b|\bir website\b"
    ),
    r"\breplay\b.*\b(call|available|webcast|website)\b|\b(call|available|webcast)\b.*\breplay\b",
    # Questions and answers.
    (
        r"\bquestion[- ]and[- ]answer (session|portion|part|period|segment)\b|\bq ?(&|and) ?a (session"
        r"|portion|part|period|segment|queue)\b"
    ),
    r"\b(re-?enter|rejoin|return to|back (in|into|to)|enter|get in|jump in|hop in|in)( the)? queue\b",
    (
        r"\bno (further|more|additional|other) questions\b|\b(no|any) (further "
        r"|more )?questions (at this time|in the queue|on the line)\b"
    ),
    (
        r"\bopen( it| this| things| us)?( up| back)*( the| our| this| today's)? ?"
        + _CALL
        + r"?( up)?( now)? ?(for|to) (your |any |some |the |analyst )*(questions|q ?(&|and) ?a)"
    ),
    (
        r"\b(take|answer|address|welcome|entertain|respond to) (any of |some of |all of |a few of )?(your"
        r"|any|some|the|a few|further|additional) (\w+ ){0,2}questions\b|\b(take|taking) questions\b"
    ),
    # Hand-overs.
    (
        r"\b(turn|hand|pass|give|send|kick|throw|transfer)(ing)?( now| back)*( it| things| (the|this|our"
        r"|today's) "
        + _CALL
        + r")( now| back| off| over| on)* to (?-i:[A-Z]|you\b|our (chief|c[ef]o|president|operator|first)"
        r"|the operator)"
    ),
    (
        r"\b(turn|hand)(ing)?( now| back| it| things| off)* (over|back|off) to (?-i:[A-Z]|you\b"
        r"|our (chief|c[ef]o|president|operator)|the operator)"
    ),
    (
        r"\b(this|that|which)( now)? (concludes|completes|wraps up|ends) (my|our|the"
        r"|today's) (\w+ )?(formal|prepared|opening|remarks|comments|presentation|call|conference"
        r"|discussion|q&a|portion|session|update|review|report)\b"
    ),
    (
        _LEAD_IN
        + r"(turn|turning|move|moving|flip|flipping|go|going|skip|skipping|continuing|looking|look)"
        + _ON
        + r" (to |at |with |on )*(the )?(next |following )?(slides?|pages?|charts?)( number"
        r"| deck)? ?\w*( and \w+)?[.,]?$"
    ),
    _LEAD_IN
    + r"(turn|turning|moving on|moving now|moving next|move on|switching gears|switch gears)"
    + _ON
    + r" to (our |the |your )?([\w&'’.-]+ ){0,5}[\w&'’-]+\.$",
    r"^((now|and|so|first)\W+)*(starting|beginning|moving|shifting) (to|with) (our|the) ([\w&'’-]+ ){0,3}[\w&'’-]+\.$",
    (
        r"^(the )?(next|first|final|last) slide\b[^,]{0,30}$|^(\w+ ){0,2}(on|i'm on|as shown on"
        r"|as you can see on) (slide|page) \w+[.,]?$"
    ),
    # Who is there.
    (
        r"\b(joining|with) (me|us) (today |on (today's|the|this) (call|conference)|here |in the room"
        r"|this (morning|afternoon))"
    ),
    r"\bjoin(ing|ed) (me |us )?(today |here )?(on|for) (the|this|today's|our) .*\b(call|conference|webcast)\b",
    (
        r"\b(i'm|i am|we're|we are|will( also)? be|also) (also )?(here |joined )"
        r"(today |here |on the call |this morning )*(with|by) (?-i:[A-Z])"
    ),
    r"\bwelcome to\b.*\b(call|conference|webcast|results|presentation)\b",
    # Courtesies.
    r"^([\w'’]+\W+){0,4}good (morning|afternoon|evening|day)\b",
    (
        r"\bthank(s| you| everyone| you all)?\b.*\b(joining|listening|participating|participation"
        r"|attending|attention|dialing|tuning|being (on|with) (us|the)|interest in|your (time|interest"
        r"|support|questions?)|taking (the|my|our|all))\b"
    ),
    (
        r"^((yeah|yes|ok\w*|great|sure|well|so|and|hey|hi|right|good|oh|no)\W+){0,3}(thanks"
        r"|thank you)( (so|very) much| a lot)? for (the|that|your|taking)\W+([\w'’-]+\W+){0,4}$"
    ),
    (
        r"\blook(ing)? forward to (speaking|talking|chatting|connecting|catching up|hearing from|meeting"
        r"|seeing|updating|answering|taking|our next|your|welcoming)\b.*\b(you|your|call|conference"
        r"|questions|next)\b"
    ),
    (
        r"\bhave a (\w+ )?(great|good|nice|wonderful|safe|pleasant|terrific) (rest|day|evening|afternoon"
        r"|weekend|night|holiday|summer|week|one)\b"
    ),
    (
        r"\b(stay|be|keep) (safe|well|healthy)( and \w+)?[.!]$|\bhope (that )?(you|everyone|all"
        r"|this finds)\b.*\b(safe|well|healthy)\b"
    ),
    r"^([\w'’]+\W+){0,4}(congrats|congratulations)( again| guys| \w+)? (on|for)\b",
    r"\bfor (taking|squeezing|fitting) (my|our|the|all|all the|me|us|in)\b.*(questions?|in|follow-?ups?)\W*$",
    (
        r"\b(leave|end|stop) it (there|at that)\b|\b(that's|that is|that was) (it|all)( \w+)? (from"
        r"|for) (me|us|my)\b|\bthat's all i (had|have)\b"
    ),
)
_TELLING = r"[$€£¥%]|\bbasis points\b|\b[mb]illion\b|^(\w+\W+){0,2}before (i|we|turning|handing|moving)\b[^,]*,.{50}"
"""Figures, and what is said before a hand-over."""


def is_framing(texts: Texts) -> NDArray[np.bool_]:
    """Which of n texts are of the call's frame, [n]: legal notices, the operator's phrases, hand-overs, courtesies."""
    groups = ((*LEGAL, *OPERATOR), MEASURES, FRAME, (_TELLING,))
    always, measures, framed, telling = (_match(texts, "|".join(group)) for group in groups)
    lengths: Texts = pc.utf8_length(texts)
    found: NDArray[np.bool_] = always | ~telling & (measures | framed & (lengths.to_numpy() <= LONGEST_FRAME))
    return found


def _match(texts: Texts, pattern: str) -> NDArray[np.bool_]:
    found: Texts = pc.match_substring_regex(texts, pattern=pattern, ignore_case=True)
    matching: NDArray[np.bool_] = found.to_numpy(zero_copy_only=False)
    return matching
