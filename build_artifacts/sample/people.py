"""What people at work do and say of themselves, and what each of it tells of their spending."""

from dataclasses import dataclass

from build_artifacts.sample.wrapping import unwrap


@dataclass(frozen=True, slots=True)
class Seniority:
    """A level with its share, its effect on spending (latent units), and how a biography opens."""

    name: str
    share: float
    lift: float
    titles: tuple[str, ...]
    openings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """A department: its name, share, effect on spending, its chief's and its specialists' titles."""

    name: str
    share: float
    lift: float
    chief: str
    specialists: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """Something a biography mentions, in several wordings, with its effect on spending (latent units)."""

    share: float
    lift: float
    wordings: tuple[str, ...]


SENIORITIES: tuple[Seniority, ...] = (
    Seniority("chief", 0.09, 0.9, ("{chief}",), ("Runs {function} at", "Sets the {function} agenda of")),
    Seniority("vp", 0.12, 0.8, ("VP of {Function}", "Vice President, {Function}"), ("Leads {function} at",)),
    Seniority(
        "director",
        0.19,
        0.45,
        ("Director of {Function}", "Head of {Function}"),
        ("Directs {function} at", "Heads the {function} department of"),
    ),
    Seniority(
        "manager",
        0.26,
        0.0,
        ("{Function} Manager", "Senior {Function} Manager"),
        ("Manages the {function} team at", "Coordinates {function} for"),
    ),
    Seniority(
        "specialist",
        0.26,
        -0.6,
        ("{specialist}", "Senior {specialist}"),
        ("Works in {function} at", "Hands-on in {function} at", "Takes care of daily {function} work for"),
    ),
    Seniority(
        "junior",
        0.08,
        -1.2,
        ("Junior {specialist}", "{Function} Intern", "Assistant, {Function}"),
        ("Started in {function} last year at", "Is learning the {function} trade at"),
    ),
)

FUNCTIONS: tuple[Function, ...] = (
    Function("engineering", 1.5, 0.35, "Chief Technology Officer", ("Software Engineer", "Systems Engineer")),
    Function(
        "information technology",
        1.3,
        0.5,
        "Chief Information Officer",
        ("IT Administrator", "Support Analyst"),
    ),
    Function("data", 1.0, 0.5, "Chief Data Officer", ("Data Analyst", "Data Engineer", "Statistician")),
    Function("operations", 1.3, 0.1, "Chief Operating Officer", ("Operations Analyst", "Shift Planner")),
    Function("marketing", 1.1, -0.1, "Chief Marketing Officer", ("Campaign Specialist", "Content Editor")),
    Function("sales", 1.3, -0.2, "Chief Revenue Officer", ("Account Executive", "Inside Sales Representative")),
    Function("finance", 1.0, 0.0, "Chief Financial Officer", ("Accountant", "Controller", "Treasury Analyst")),
    Function("human resources", 0.8, -0.6, "Chief People Officer", ("Recruiter", "Payroll Specialist")),
    Function("procurement", 0.7, 0.3, "Chief Procurement Officer", ("Buyer", "Category Specialist")),
    Function("security", 0.6, 0.4, "Chief Information Security Officer", ("Security Analyst", "Risk Analyst")),
    Function("research", 0.7, -0.2, "Chief Scientific Officer", ("Research Scientist", "Laboratory Technician")),
    Function("legal", 0.4, -0.5, "General Counsel", ("Paralegal", "Contract Specialist")),
)

# share | effect on spending | wordings
_TOPICS = """
1.0 | 1.3 | Holds the budget for new platforms this year | Signs off purchases of new systems | Has fresh
    budget to spend on tooling before December
1.0 | 1.2 | Is comparing vendors for a company-wide rollout | Runs a tender among several suppliers | Has
    shortlisted three vendors and is asking for quotes
0.9 | 1.0 | Is replacing a legacy system that the board wants gone | Must retire software from the nineties
    by next summer | Migrates the old mainframe to something modern
0.9 | 0.9 | Builds a single view of customers out of scattered data | Wants one trusted data platform
    instead of forty exports | Consolidates warehouses and dashboards after years of silos
0.8 | 0.8 | Is opening new offices abroad and hiring fast | Doubles the team after a funding round | Is
    growing into three more countries
0.9 | 0.7 | Automates reports that used to take a week | Is keen to take manual work off people's desks |
    Puts machine learning into everyday decisions
0.8 | 0.6 | Prepares for a security audit and new regulation | Needs to prove compliance before the
    regulator's visit | Rewrites access rules ahead of certification
0.8 | 0.5 | Measures everything and asks for business cases | Believes that pilots should end in numbers |
    Judges projects by payback time
0.8 | 0.3 | Integrates two companies after a merger | Brings the systems of an acquired rival into the fold
    | Harmonises processes after an acquisition
1.0 | 0.0 | Speaks at industry meetups and writes a newsletter | Often gives talks and sits on panels |
    Blogs about lessons learned in the field
1.0 | 0.0 | Mentors newcomers and believes in small teams | Likes coaching colleagues over coffee | Spends
    Fridays teaching apprentices
1.0 | 0.0 | Came to the field by way of physics and music | Changed careers twice before settling here |
    Trained as a translator before joining the industry
0.9 | -0.1 | Cares about sustainability and short supply chains | Counts carbon as carefully as cost | Works
    towards a net-zero pledge
0.9 | -0.4 | Builds most tools in house with open source | Prefers writing scripts over buying software |
    Contributes to open-source projects and self-hosts everything
0.8 | -0.7 | Is looking for a new position | Open to new roles and freelance work | Between projects at the
    moment and happy to talk about jobs
0.8 | -0.8 | Works under a spending freeze until the next fiscal year | Has had every budget cut twice |
    Must save a fifth of all costs this year
0.7 | -0.9 | Is bound by a five-year contract with another supplier | Just renewed with the incumbent for
    years to come | Recently signed a long agreement with a competitor
0.6 | -1.0 | Studies part-time and reads for exams | Collects material for a thesis | Is finishing a degree
    in the evenings
0.6 | -1.0 | Only gathers information for a class paper | Downloads white papers out of curiosity | Is
    curious about the market but has no project
"""


def _topic(line: str) -> Topic:
    share, lift, *wordings = line.split(" | ")
    return Topic(float(share), float(lift), tuple(wordings))


TOPICS: tuple[Topic, ...] = tuple(map(_topic, unwrap(_TOPICS).splitlines()))

PASTIMES: tuple[str, ...] = (
    "Sails on weekends.",
    "Father of twins and a slow marathon runner.",
    "Sings in a choir.",
    "Keeps bees on the roof.",
    "Restores old motorcycles.",
    "Plays chess by mail.",
    "Grows far too many tomatoes.",
    "Coaches a youth football team.",
    "Collects fountain pens.",
    "Hikes with two dogs.",
    "Bakes sourdough.",
    "Paints watercolours.",
    "",
    "",
    "",
    "",
)

SIZES: tuple[str, ...] = ("1-10", "11-50", "51-200", "201-500", "501-1000", "1001-5000", "5001+")
SIZE_LIMITS: tuple[int, ...] = (10, 50, 200, 500, 1000, 5000)
SIZE_LIFTS: tuple[float, ...] = (-1.5, -0.9, -0.2, 0.4, 0.8, 1.1, 1.2)
SIZE_WORDS: tuple[str, ...] = (
    "tiny",
    "small",
    "growing",
    "mid-sized",
    "large",
    "very large",
    "multinational",
)
