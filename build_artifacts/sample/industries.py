"""The sample's industries: what their companies make, for whom and to what end."""

from dataclasses import dataclass

from build_artifacts.sample.wrapping import unwrap


@dataclass(frozen=True, slots=True)
class Niche:
    """One line of business: products as plural nouns, kinds of customers, and outcomes as verb phrases."""

    name: str
    products: tuple[str, ...]
    customers: tuple[str, ...]
    outcomes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Industry:
    """An industry: its share of companies, its effect on spending (latent units), second words of names."""

    name: str
    sector: str
    sic: str
    share: float
    lift: float
    second_words: tuple[str, ...]
    niches: tuple[Niche, ...]


# name | sector | SIC | share | lift | second words of company names
# then one line a niche: name: products > customers > outcomes
_TEXT = """
Software | Technology | 7372 | 1.6 | 0.9 | Labs, Software, Systems, Cloud, Code, Apps
developer tools: build pipelines, code search engines, test runners, feature flags, error trackers >
    platform engineers, software vendors, game studios > ship releases daily, find regressions before
    customers do
business applications: billing engines, approval workflows, contract archives, subscription ledgers, audit
    trails > finance departments, law firms, subscription businesses > close the books in two days, replace
    spreadsheets
data infrastructure: stream processors, metadata catalogues, query accelerators, change feeds, column stores
    > analytics teams, online marketplaces, research institutes > answer questions in seconds, keep one copy
    of the truth

Financial Services | Financials | 6211 | 1.1 | 0.8 | Capital, Partners, Finance, Securities, Advisers,
    Markets
wealth management: managed portfolios, retirement plans, index funds, trust accounts, tax-loss harvesting >
    families, foundations, retired entrepreneurs > preserve wealth over generations, pay predictable income
payments: card terminals, instant transfers, merchant accounts, payout rails, fraud scores > shops,
    marketplaces, freelancers > settle within minutes, lower chargebacks
business lending: invoice factoring, equipment leases, credit lines, trade finance, bridge loans >
    exporters, family firms, contractors > smooth cash flow, fund growth without dilution

Insurance | Financials | 6331 | 0.7 | 0.5 | Mutual, Assurance, Underwriters, Insurance, Re, Cover
property cover: home policies, flood cover, fire policies, landlord cover, crop insurance > homeowners,
    housing associations, farmers > rebuild after a storm, price risk street by street
life and health cover: term-life policies, disability income, dental plans, group health plans, annuities >
    employees, works councils, self-employed people > protect a family's income, keep staff healthy
specialty underwriting: cyber policies, marine cargo cover, surety bonds, aviation hulls, reinsurance
    treaties > shipowners, airlines, technology firms > carry rare risks, settle complex claims

Healthcare | Health Care | 8062 | 1.1 | 0.3 | Health, Clinics, Care, Medical, Wellness, Hospitals
hospital care: surgical wards, emergency rooms, maternity units, intensive-care beds, day surgery >
    patients, referring doctors, regional health boards > shorten waiting lists, discharge patients safely
diagnostics: blood panels, MRI scans, pathology slides, ultrasound exams, genetic screens > family doctors,
    oncologists, fertility clinics > detect disease early, report results overnight
home care: nursing visits, infusion therapy, fall alarms, rehabilitation plans, meal support > elderly
    people, insurers, discharge teams > keep people at home, prevent readmissions

Biotechnology | Health Care | 2836 | 0.7 | 0.6 | Bio, Therapeutics, Genomics, Biosciences, Biologics,
    Genetics
antibody therapies: monoclonal antibodies, bispecific constructs, antibody conjugates, cell lines,
    biomarkers > cancer centres, pharmaceutical partners, clinical investigators > shrink solid tumours,
    spare healthy tissue
gene editing: guide libraries, viral vectors, edited stem cells, delivery nanoparticles, base editors >
    rare-disease patients, academic laboratories, drug developers > correct inherited disorders, cure with
    one dose
industrial enzymes: fermentation strains, detergent enzymes, plant proteins, biodegradable polymers, lactic
    cultures > food producers, detergent makers, textile mills > replace petrochemicals, lower washing
    temperatures

Manufacturing | Industrials | 3559 | 1.3 | 0.1 | Works, Manufacturing, Metals, Precision, Tooling,
    Fabrication
metal parts: turned parts, die castings, sheet-metal housings, forged shafts, precision gears > pump makers,
    machine builders, railway suppliers > hold tight tolerances, deliver just in time
packaging: corrugated boxes, glass bottles, shrink films, moulded trays, aerosol cans > breweries, cosmetics
    brands, meat packers > extend shelf life, save material
industrial equipment: hydraulic presses, industrial ovens, conveyor lines, compressors, cooling towers >
    foundries, bakeries, chemical plants > raise throughput, cut energy per tonne

Industrial Automation | Industrials | 3569 | 0.9 | 0.5 | Robotics, Automation, Controls, Motion, Drives,
    Sensors
warehouse robotics: picking arms, autonomous forklifts, sorting cells, fleet software, shuttle racks >
    parcel carriers, grocery chains, spare-parts depots > run a third shift without lights, cut picking
    errors
machine vision: inspection cameras, defect classifiers, code readers, line scanners, lighting heads >
    electronics makers, bottlers, tablet presses > catch defects at line speed, trace every unit
process control: programmable controllers, servo drives, flow meters, safety relays, control rooms >
    refineries, water utilities, paper mills > keep plants stable, avoid unplanned stops

Retail | Consumer | 5311 | 1.1 | -0.3 | Stores, Market, Outfitters, Retail, Trading, Bazaar
grocery stores: fresh produce, bakery counters, private-label staples, ready meals, wine shelves >
    households, commuters, small restaurants > fill a week's basket cheaply, waste less food
fashion shops: knitwear, running shoes, denim, winter coats, accessories > teenagers, office workers,
    outdoor lovers > follow the season, fit every size
home improvement stores: power tools, garden furniture, paints, flooring, kitchen units > do-it-yourself
    builders, landlords, decorators > finish a room in a weekend, advise on site

E-commerce | Consumer | 5961 | 0.9 | 0.5 | Online, Direct, Cart, Commerce, Shop, Basket
online marketplaces: seller storefronts, buyer protection, search ads, auction pages, escrow payments >
    hobby sellers, collectors, second-hand buyers > match rare items with buyers, ship across borders
direct-to-consumer brands: mattress kits, skin-care sets, pet-food boxes, coffee subscriptions, refill packs
    > young families, pet owners, commuters > skip the middleman, deliver every month
shop platforms: checkout pages, product feeds, return portals, loyalty programmes, size advisers > web
    shops, wholesalers, creators > convert more visitors, tame returns

Logistics | Industrials | 4731 | 1.0 | 0.0 | Freight, Logistics, Cargo, Shipping, Transport, Express
freight forwarding: ocean containers, air freight, customs clearance, cargo insurance, rail bookings >
    importers, chemical shippers, fashion brands > clear customs without delay, track every container
parcel delivery: same-day couriers, parcel lockers, return labels, route planning, cold parcels > web shops,
    pharmacies, households > deliver on the first attempt, cut miles per parcel
contract warehousing: pallet storage, order fulfilment, cold stores, kitting services, cross docks > grocery
    suppliers, electronics brands, medical distributors > absorb seasonal peaks, keep the cold chain

Energy | Energy | 4911 | 0.8 | 0.2 | Power, Energy, Solar, Grid, Renewables, Electric
solar and wind: rooftop panels, wind farms, inverters, power-purchase agreements, site surveys >
    municipalities, farmers, factory owners > lower power bills, cut emissions
grid services: battery parks, smart meters, substations, demand response, grid models > utilities, network
    operators, data centres > balance the grid, avoid blackouts
oil and gas services: drilling crews, well logs, pipeline inspections, pressure valves, tank cleaning >
    exploration firms, refineries, terminal operators > drill safely, lengthen a well's life

Telecommunications | Communication | 4813 | 0.7 | 0.7 | Telecom, Networks, Wireless, Mobile, Fibre, Connect
broadband networks: fibre lines, home routers, business internet, wholesale capacity, street cabinets >
    rural towns, landlords, small offices > bring gigabit speeds to villages, repair faults remotely
mobile services: prepaid plans, roaming bundles, private 5G, machine connectivity, voice lines > travellers,
    fleets, factories > connect devices anywhere, bill by the second
satellite links: ground stations, maritime terminals, backhaul links, emergency phones, antenna arrays >
    shipping lines, relief agencies, mines > reach beyond the last tower, survive disasters

Education | Consumer Services | 8221 | 0.9 | -0.7 | Academy, Learning, College, Institute, School, Campus
higher education: degree programmes, research chairs, student housing, scholarship funds, library archives >
    undergraduates, doctoral candidates, alumni > widen access, publish open research
online courses: coding bootcamps, language lessons, exam preparation, video lectures, certificates > career
    changers, pupils, immigrants > learn in the evening, pass certified exams
corporate training: safety drills, leadership workshops, compliance modules, apprentice programmes,
    simulators > factories, hospitals, airlines > certify staff, reduce accidents

Real Estate | Real Estate | 6512 | 0.7 | -0.3 | Properties, Estates, Homes, Realty, Land, Developments
commercial property: office towers, logistics parks, shopping centres, co-working floors, parking decks >
    tenants, pension funds, start-ups > keep occupancy high, renovate to green standards
residential property: rental flats, student rooms, senior residences, terraced houses, building plots >
    young couples, students, retired people > house growing cities, manage repairs quickly
property services: valuations, facility management, lease audits, energy certificates, brokerage >
    landlords, banks, public authorities > value a portfolio overnight, lower service charges

Construction | Industrials | 1541 | 0.8 | -0.4 | Builders, Construction, Contracting, Structures, Projects,
    Engineering
building contractors: timber houses, office fit-outs, school extensions, roof renovations, concrete shells >
    councils, developers, families > finish on budget, build before winter
civil engineering: road surfaces, railway bridges, tunnel linings, flood walls, harbour quays > highway
    agencies, port authorities, railways > shorten closures, design for a century
building materials: ready-mix concrete, insulation boards, roof tiles, steel beams, window frames >
    merchants, roofers, house builders > insulate better, deliver to site by dawn

Media | Communication | 2711 | 0.7 | 0.0 | Media, Press, Studios, Broadcasting, Pictures, Publishing
news publishing: daily papers, podcasts, investigative reports, newsletters, photo archives > subscribers,
    advertisers, schools > inform a region, grow paid readership
film and television: drama series, documentaries, animation, post-production, streaming channels >
    broadcasters, cinemas, streaming services > tell local stories abroad, deliver masters on time
advertising: campaign films, outdoor screens, media plans, influencer rosters, brand audits > car brands,
    breweries, charities > reach the right audience, measure every impression

Hospitality | Consumer Services | 7011 | 0.7 | -0.8 | Hotels, Resorts, Dining, Hospitality, Travel, Kitchens
hotels: boutique rooms, conference halls, spa weekends, long-stay suites, rooftop bars > business
    travellers, wedding parties, tour groups > fill rooms in the off season, greet guests by name
restaurants: lunch menus, pizza counters, catering trays, vegan bowls, tasting menus > office workers,
    families, event planners > serve within ten minutes, source from local farms
travel services: guided tours, cruise packages, ski passes, rail tickets, visa support > pensioners, school
    classes, honeymooners > plan a trip in minutes, rebook stranded travellers

Agriculture | Consumer | 0100 | 0.7 | -0.6 | Farms, Agri, Harvest, Orchards, Growers, Dairy
crop farming: winter wheat, rapeseed, potatoes, seed varieties, organic oats > mills, breweries, snack
    makers > raise yields with less water, rotate crops
dairy and livestock: raw milk, aged cheese, free-range eggs, grass-fed beef, animal feed > creameries,
    butchers, supermarkets > keep herds healthy, trace meat to the farm
farm technology: soil probes, irrigation valves, harvest drones, milking robots, greenhouse climate
    computers > vegetable growers, vineyards, cooperatives > spray only where needed, irrigate by the drop

Automotive | Consumer | 3711 | 0.6 | 0.2 | Motors, Automotive, Mobility, Auto, Vehicles, Parts
car components: brake discs, wiring looms, seat frames, headlamps, battery housings > car makers, truck
    makers, workshops > save weight, pass crash tests
electric mobility: charging points, electric vans, scooter fleets, battery packs, charging software >
    delivery fleets, cities, car parks > charge overnight, replace diesel vans
car dealers: used cars, leasing contracts, tyre service, body repairs, inspection slots > commuters, company
    fleets, learner drivers > repair within a day, finance a first car

Professional Services | Industrials | 8742 | 0.9 | 0.3 | Consulting, Advisory, Associates, Group, Partners,
    Strategy
management consulting: turnaround plans, pricing studies, operating models, merger integration, cost reviews
    > boards, private-equity funds, ministries > grow margins, merge two cultures
legal services: merger contracts, patent filings, labour disputes, arbitration, compliance manuals >
    inventors, works councils, acquirers > win in court, protect inventions
staffing: temporary nurses, interim managers, payroll services, executive search, freelance developers >
    hospitals, start-ups, call centres > fill shifts overnight, find rare skills
"""


def _niche(line: str) -> Niche:
    name, rest = line.split(": ", 1)
    products, customers, outcomes = (tuple(part.split(", ")) for part in rest.split(" > "))
    return Niche(name, products, customers, outcomes)


def _industry(block: str) -> Industry:
    head, *niches = block.strip().splitlines()
    name, sector, sic, share, lift, second_words = head.split(" | ")
    return Industry(
        name,
        sector,
        sic,
        float(share),
        float(lift),
        tuple(second_words.split(", ")),
        tuple(map(_niche, niches)),
    )


INDUSTRIES: tuple[Industry, ...] = tuple(_industry(block) for block in unwrap(_TEXT).split("\n\n"))
