"""What the sample's earnings calls are about: topics of sectors that come and go between two quarters."""

from dataclasses import dataclass

from build_artifacts.sample.wrapping import unwrap


@dataclass(frozen=True, slots=True)
class CallTopic:
    """A topic: the sectors it is found in (none: all), its share in the first and second quarter, what is said and
    asked about it. Sentences have places for a firm's words and for figures.
    """

    name: str
    sectors: frozenset[str]
    shares: tuple[float, float]
    sentences: tuple[str, ...]
    questions: tuple[str, ...]


# name | sectors (* for all) | share in the first quarter | share in the second
# then one line a sentence; a line that ends in a question mark is asked by analysts
_TEXT = """
freight costs | Industrials, Consumer, Health Care | 3 | 0.4
Ocean freight for our {product} cost {percent} more than a year ago, and spot rates from {region} stay volatile.
We moved {percent} of our {product} from air to sea to bring shipping expense down by {money}.
Port congestion in {region} delayed deliveries of {product} to {customer} by about {number} days.
Container shortages added {money} to our logistics expense for {product}.
We signed longer contracts with carriers, so {percent} of our freight volume to {region} is now at fixed rates.
How much of the freight headwind in {product} do you expect to recover by the end of the year?
Are shipping delays from {region} easing for your {product}?

wages and hiring | * | 2 | 1.4
Wage inflation for skilled staff in {region} ran at {percent}, ahead of what we had planned for {niche}.
We hired {number} people for {product}, and turnover among new staff fell to {percent}.
Labour shortages kept {number} positions open in the teams that serve {customer}.
Our apprenticeship programme filled {percent} of the vacancies in {niche} this quarter.
Overtime in {region} cost us {money}, mostly to keep up with orders for {product}.
Where do you stand with hiring for {niche}, and what does it do to wages?

price increases | Industrials, Consumer, Energy, Communication, Consumer Services | 2.2 | 1.2
We raised list prices for {product} by {percent}, and volumes with {customer} held up well.
Price realisation of {percent} in {niche} covered the whole of our input cost inflation.
A second round of price increases for {product} takes effect in {region} next month.
Discounts to {customer} fell to {percent} of gross sales, the lowest level in {number} years.
Elasticity for {product} was better than our models said, so we kept the increase of {percent}.
How have {customer} reacted to the latest price increase for {product}?

artificial intelligence | Technology, Financials, Communication, Health Care | 0.5 | 3.2
Our assistant based on large language models now handles {percent} of the requests that {customer} send us.
We put machine learning models into {product}, which cuts manual work for {customer} by {percent}.
Spending on graphics processors and model training rose to {money} as we rebuilt {product} around generative AI.
Pilot customers in {region} use the AI features of {product} {number} times a day on average.
We trained {number} engineers to review what generative models write for {niche}.
What does it cost to run these language models behind {product}, and who pays for the inference?
Do {customer} already pay extra for the AI features?

share buybacks and dividends | * | 1.2 | 1.2
We repurchased {number} thousand shares for {money} and have {rest} left under the authorisation.
The board raised the quarterly dividend by {percent}, the increase that our payout policy for {niche} foresees.
Net leverage fell to {percent} of equity, which leaves {money} for buybacks and small acquisitions.
Free cash flow of {money} paid for the dividend and for {number} bolt-on deals in {niche}.
How do you weigh buybacks against acquisitions in {niche} at this share price?

interest rates and credit | Financials, Real Estate | 2 | 2.6
Net interest income rose {percent} as loans to {customer} repriced faster than deposits.
Higher rates cut refinancing by {customer} in {region} by {percent}.
Our allowance for credit losses on {product} stands at {percent} of balances.
We hedged {percent} of the floating-rate debt behind {product} for {number} months.
Deposit costs rose by {number} basis points, less than we had feared for {region}.
Where do you see charge-offs on {product} if rates stay where they are?

renewable energy | Energy, Industrials, Real Estate, Consumer | 1 | 2
We connected {number} megawatts of wind and solar capacity in {region} this quarter.
Rooftop panels and batteries now cover {percent} of the electricity that our sites for {product} use.
Tax credits for clean power lower the cost of our projects with {customer} by {money}.
The backlog of grid connections in {region} holds up {number} of our solar projects.
Emissions per unit of {product} fell by {percent} against the base year.
How do permits for wind farms in {region} affect your plans?

cyber security | Technology, Financials, Communication, Health Care | 1.2 | 1.2
We blocked {number} thousand phishing attempts against {customer} with a new filter in {product}.
An outside audit of access rights for {product} found {number} weaknesses, all of which are closed.
Ransomware insurance for {niche} became {percent} more expensive on renewal.
We spend {percent} of revenue on encryption, monitoring and recovery drills for {product}.
What did the security incident at your supplier mean for {customer}?

clinical trials and approvals | Health Care | 2.5 | 2
The phase three trial enrolled {number} patients in {region}, {percent} of the target.
The regulator accepted our filing for {product}, and we expect a decision within {number} weeks.
Adverse events in the treatment arm stayed below {percent}, in line with the placebo group.
Reimbursement for {product} in {region} was set {percent} above our assumption.
When will you publish the data of the second study of {product}?

new sites and capacity | Industrials, Consumer, Consumer Services, Real Estate, Energy | 1.6 | 1.6
The new site in {region} adds {percent} of capacity for {product} and opens within {number} weeks.
We invested {money} in a second line for {product}, because {customer} wait {number} weeks for delivery.
Utilisation of our plants for {product} reached {percent}, so we brought the expansion forward.
We closed {number} older locations in {region} and moved their work to the new site.
How quickly will the new capacity for {product} fill up?

foreign exchange | * | 0.9 | 1.1
A stronger dollar took {percent} off reported sales of {product} in {region}.
Currency translation cost us {money}, half of which the hedges of {niche} made good.
At constant exchange rates sales to {customer} would have grown by {percent}.
What exchange rates does your outlook for {region} assume?

demand from customers | * | 2 | 2
Orders for {product} from {customer} grew {percent}, led by {region}.
Retention among {customer} stood at {percent}, and the average contract for {product} runs {number} months.
Demand for {product} slowed in {region} as {customer} worked through their stocks.
Our backlog in {niche} reached {money}, which covers {number} months of sales.
We won {number} new accounts in {niche}, among them two of the largest {customer}.
Sales of {product} came to {money}, up {percent} from the year before.
Where in {niche} do you see demand slow down first?
How long do {customer} take to decide on {product} now?
"""


def _topic(block: str) -> CallTopic:
    head, *lines = block.split("\n")
    name, sectors, first, second = head.split(" | ")
    return CallTopic(
        name,
        frozenset() if sectors == "*" else frozenset(sectors.split(", ")),
        (float(first), float(second)),
        tuple(line for line in lines if not line.endswith("?")),
        tuple(line for line in lines if line.endswith("?")),
    )


CALL_TOPICS: tuple[CallTopic, ...] = tuple(_topic(block) for block in unwrap(_TEXT).split("\n\n"))
