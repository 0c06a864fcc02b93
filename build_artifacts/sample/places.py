"""The sample's countries with their cities, legal forms and personal names."""

from dataclasses import dataclass

from build_artifacts.sample.wrapping import unwrap


@dataclass(frozen=True, slots=True)
class Country:
    """A country with its share of companies, cities, legal forms, and the names that people there bear."""

    name: str
    share: float
    cities: tuple[str, ...]
    legal_forms: tuple[str, ...]
    given_names: tuple[str, ...]
    family_names: tuple[str, ...]


_NAMES = """
en: James Mary Robert Linda Michael Susan Olivia Noah Emma Liam Ava Ethan Grace Daniel Chloe Samuel Ruth
    Aaron Naomi Dana / Smith Johnson Walker Reyes Carter Hughes Bennett Clarke Morgan Foster Hayes Palmer
    Nguyen Brooks O'Connor Sullivan Price Ellis Grant Whitfield
de: Anna Lukas Jörg Sabine Jürgen Katharina Matthias Heike Björn Ute Felix Miriam Götz Renate Tobias Änne /
    Müller Schäfer Weiß König Böhm Krüger Vogel Lange Hartmann Jäger Brandt Köhler Seidel Größer Winkler
    Franke
fr: Camille Léa Hugo Chloé François Élodie Benoît Inès Jérôme Amélie Rémi Zoé Gaël Margaux Loïc Océane /
    Lefèvre Dubois Moreau Girard Bérenger Fontaine Chevalier Gauthier Perrin Renaud Mercier Noël Lemaître
    Barbier Collet Hervé
es: José Lucía Andrés María Íñigo Sofía Álvaro Carmen Joaquín Inés Raúl Belén Martín Nuria Óscar Pilar /
    García Núñez Fernández Ibáñez Muñoz Castro Domínguez Peña Ríos Ortega Vázquez Herrera Solís Quintana
    Ibarra Montes
pt: João Inês Tiago Beatriz Gonçalo Conceição Luís Mariana Antônio Letícia Rui Débora Caio Fátima Vítor
    Júlia / Gonçalves Araújo Simões Magalhães Conceição Teixeira Brandão Assunção Leitão Pacheco Falcão
    Guimarães Queirós Sequeira Tavares Moura
it: Giulia Matteo Niccolò Chiara Lorenzo Francesca Davide Noemi Edoardo Martina Alessio Ilaria / Rossi
    Ferrari D'Amico Ricci Galli Conti Fontana Caruso Marchetti Serra Pellegrini Bianchi
nl: Daan Sanne Joris Femke Bram Anouk Thijs Lotte Ruben Maaike Niels Eva / Jansen Bakker Visser Mulder
    Dekker Hoekstra Vermeulen Kuiper Postma Schouten Koster Willems
sv: Åsa Björn Elin Göran Ingrid Öystein Freja Søren Håkon Maja Lars Astrid Jørgen Kåre Linnéa Tove /
    Lindström Håkansson Sørensen Åkerlund Bergström Nygård Øvergaard Sjöberg Kjær Holm Dahl Strömberg
    Ødegaard Lund Hägg Vik
fi: Aino Väinö Jukka Päivi Mikko Tuuli Eero Hanna Sampo Lumi / Virtanen Mäkinen Hämäläinen Järvinen Koskela
    Lehtonen Niemi Salonen Räsänen Laine
pl: Łukasz Agnieszka Michał Zofia Paweł Małgorzata Stanisław Żaneta Jędrzej Kinga Bartłomiej Róża / Kowalski
    Wiśniewska Wójcik Zieliński Dąbrowski Szymański Woźniak Król Jabłoński Pawłowski Łuczak Śliwa
cs: Jiří Tereza Ondřej Zdeňka Václav Šárka Matěj Lenka Štěpán Eliška / Novák Dvořák Černý Procházka Kučera
    Veselý Říha Šimek Bláha Kříž
tr: Ayşe Mehmet Çağla Oğuz Gülşen Emre İlayda Burak Şebnem Kaan / Yılmaz Çelik Şahin Öztürk Aydın Güneş
    Kılıç Erdoğdu Bozkurt Uçar
ja: Haruto Yui Kenji Sakura Daiki Aoi Ren Misaki Takumi Hina Kaito Emi / Sato Suzuki Tanaka Watanabe
    Yamamoto Nakamura Kobayashi Ito Saito Mori Hayashi Ishikawa
ko: Minjun Seoyeon Jihoon Hayoon Dohyun Sua Jiwoo Yuna / Kim Lee Park Choi Jung Kang Cho Yoon
in: Aarav Priya Rohan Ananya Vikram Meera Arjun Kavya Sanjay Divya Nikhil Isha / Sharma Patel Iyer Reddy
    Gupta Nair Banerjee Kapoor Desai Menon Rao Chatterjee
zh: Wei Mei Jun Li Hao Xiu Ming Yan Tao Fang / Chen Wang Zhang Liu Huang Zhao Wu Zhou Lin Tan
"""
# country | share | legal forms | names | cities
_COUNTRIES = """
United States | 26 | Inc., LLC, Corp., Inc. | en | New York, Austin, Chicago, Seattle, Boston, Denver,
    Atlanta, San Diego
United Kingdom | 9 | Ltd, PLC, Limited | en | London, Manchester, Bristol, Leeds, Edinburgh, Cardiff
Germany | 9 | GmbH, AG, GmbH & Co. KG | de | Berlin, München, Hamburg, Köln, Düsseldorf, Nürnberg
France | 7 | S.A., SAS, SARL | fr | Paris, Lyon, Toulouse, Nantes, Orléans, Saint-Étienne
Canada | 5 | Inc., Ltd. | en | Toronto, Vancouver, Calgary, Ottawa, Halifax
Spain | 4 | S.A., S.L. | es | Madrid, Barcelona, Málaga, Bilbao, A Coruña
Italy | 4 | S.p.A., S.r.l. | it | Milano, Torino, Bologna, Napoli, Verona
Netherlands | 4 | B.V., N.V. | nl | Amsterdam, Rotterdam, Utrecht, Eindhoven
Sweden | 3 | AB | sv | Stockholm, Göteborg, Malmö, Umeå
Denmark | 2 | ApS, A/S | sv | København, Aarhus, Odense
Norway | 2 | AS, ASA | sv | Oslo, Bergen, Tromsø
Finland | 2 | Oy, Oyj | fi | Helsinki, Tampere, Jyväskylä
Poland | 3 | Sp. z o.o., S.A. | pl | Warszawa, Kraków, Gdańsk, Łódź
Czech Republic | 2 | s.r.o., a.s. | cs | Praha, Brno, Plzeň
Portugal | 2 | Lda., S.A. | pt | Lisboa, Porto, Braga
Brazil | 4 | Ltda., S.A. | pt | São Paulo, Rio de Janeiro, Curitiba, Brasília
Mexico | 3 | S.A. de C.V., S. de R.L. de C.V. | es | Ciudad de México, Monterrey, Mérida, Querétaro
Turkey | 2 | A.Ş., Ltd. Şti. | tr | İstanbul, Ankara, İzmir
Japan | 4 | K.K., Co., Ltd. | ja | Tokyo, Osaka, Nagoya, Fukuoka
South Korea | 2 | Co., Ltd. | ko | Seoul, Busan, Incheon
India | 5 | Pvt. Ltd., Limited | in | Bengaluru, Mumbai, Pune, Hyderabad, Chennai
Singapore | 2 | Pte. Ltd. | zh | Singapore
Australia | 4 | Pty Ltd, Ltd | en | Sydney, Melbourne, Brisbane, Perth
Switzerland | 2 | AG, GmbH, S.A. | de | Zürich, Genève, Basel
"""


def _names() -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    found = {}
    for line in unwrap(_NAMES).splitlines():
        language, both = line.split(": ")
        given, family = both.split(" / ")
        found[language] = (tuple(given.split()), tuple(family.split()))
    return found


def _country(line: str, names: dict[str, tuple[tuple[str, ...], tuple[str, ...]]]) -> Country:
    name, share, forms, language, cities = line.split(" | ")
    # "Co., Ltd." is one form that contains the separator.
    legal_forms = tuple(form.replace("\0", ", ") for form in forms.replace("Co., ", "Co.\0").split(", "))
    return Country(name, float(share), tuple(cities.split(", ")), legal_forms, *names[language])


_BEARERS = _names()
COUNTRIES: tuple[Country, ...] = tuple(_country(line, _BEARERS) for line in unwrap(_COUNTRIES).splitlines())
