"""The names and texts that the seeders use."""

from __future__ import annotations

USERS = [
    # first name, last name, team, hours a week day, external
    ("Jürgen", "Weiß", "Beratung", 8, False),
    ("Michaela", "Schröder", "Entwicklung", 8, False),
    ("Björn", "Hämmerle", "Entwicklung", 8, False),
    ("Zoë", "Bürgi", "Design", 6, False),
    ("Nadine", "Großmann", "Design", 8, False),
    ("Luca", "Favre", "Entwicklung", 8, False),
    ("Anke", "Österreicher", "Beratung", 5, True),
]

CUSTOMERS = [
    # name, currency, country, address, tags, contact
    ("Alpenblick Hotels AG", "CHF", "CH", "Seestraße 12\n6003 Luzern", ["Tourismus"], "Käthe Lindgren"),
    ("Bäckerei Grünwald GmbH", "EUR", "DE", "Marktplatz 3\n80331 München", ["Handel"], "Sepp Grünwald"),
    ("Stadtwerke Lüneburg", "EUR", "DE", "Am Sande 8\n21335 Lüneburg", ["Öffentlich", "Energie"], "Inga Behrens"),
    ("Rösti & Söhne Catering", "CHF", "CH", "Zähringerstrasse 40\n3012 Bern", ["Handel"], "Reto Söhner"),
    ("Nordlicht Versicherung AG", "EUR", "DE", "Jungfernstieg 21\n20354 Hamburg", ["Finanzen"], "Hinnerk Thomsen"),
    ("Müller Präzisionsteile KG", "EUR", "DE", "Industrieweg 5\n72336 Balingen", ["Industrie"], "Gisela Müller"),
    (
        "Université Populaire de Lausanne",
        "CHF",
        "CH",
        "Escaliers du Marché 2\n1003 Lausanne",
        ["Öffentlich"],
        "Chloé Perret",
    ),
    ("Kulturverein Kreuzberg e. V.", "EUR", "DE", "Oranienstraße 99\n10969 Berlin", ["Kultur"], "Aylin Gökçe"),
]

MEN = {"Hinnerk", "Reto", "Sepp"}
"""First names of male contacts."""

SUPPLIERS = [
    ("Druckhaus Köln GmbH", "DE", "DE02370502990000684712"),
    ("Serverraum Zürich AG", "CH", "CH9300762011623852957"),
]

PROJECTS = [
    # name, customer, leader (0 is the administrator), rate, budget, tasks, tags
    ("Website-Relaunch", 0, 1, 160, 48000, "web", ["Web", "Strategisch"]),
    ("Buchungsstrecke", 0, 2, 170, 32000, "web", ["Web"]),
    ("Onlineshop", 1, 2, 120, 26000, "web", ["Web", "Shop"]),
    ("Kundenportal", 2, 1, 135, 64000, "web", ["Web", "Strategisch"]),
    ("Wartung Kundenportal", 2, 2, 125, None, "care", ["Wartung"]),
    ("Verpackungsdesign Frühling", 3, 5, 150, 9500, "print", ["Print"]),
    ("Schadensmeldung-App", 4, 1, 140, 88000, "web", ["App", "Strategisch"]),
    ("Geschäftsbericht", 4, 5, 130, 18000, "print", ["Print"]),
    ("Produktkatalog", 5, 5, 115, 14000, "print", ["Print"]),
    ("Site du semestre d'automne", 6, 2, 155, 21000, "web", ["Web"]),
    ("Festivalplakate", 7, 5, 95, 4200, "print", ["Print", "Kultur"]),
    ("Newsletter-Betreuung", 7, 1, 95, None, "care", ["Wartung"]),
]

TASKS = {
    "web": ["Projektleitung", "Konzept & UX", "Design", "Entwicklung", "Qualitätssicherung"],
    "print": ["Projektleitung", "Gestaltung", "Reinzeichnung", "Druckbegleitung"],
    "care": ["Betreuung", "Störungsbehebung", "Projektleitung"],
}

WORK = [
    "Abstimmung mit dem Kunden",
    "Änderungswünsche eingearbeitet",
    "Entwürfe für die Startseite",
    "Fehler in der Übersicht behoben",
    "Feinschliff Typografie",
    "Formular für Rückmeldungen",
    "Prüfung auf mobilen Geräten",
    "Schnittstelle zur Buchhaltung",
    "Texte gekürzt und übernommen",
    "Wochenplanung",
    "Workshop vorbereitet",
    "Zwischenstand präsentiert",
]

INVOICES = [
    # project, months back, status, share that is paid
    (0, 2, "sent", 1.0),
    (3, 2, "sent", 1.0),
    (6, 2, "sent", 0.4),
    (2, 2, "overdue", 0.0),
    (7, 1, "sent", 0.0),
    (4, 1, "sent", 1.0),
    (9, 1, "created", 0.0),
    (8, 0, "draft", 0.0),
]

TASK_TEMPLATES = [
    # name, billable
    ("Projektleitung", False),
    ("Konzept & UX", True),
    ("Design", True),
    ("Entwicklung", True),
]

FIXED_COSTS = [
    # title, amount a month, day of payment
    ("Büromiete", 4200.0, 1),
    ("Versicherungen", 380.0, 15),
]

COMMENTS = [
    # project, text
    (0, "<div>Der Kunde wünscht sich einen <strong>Start vor Ostern</strong>.</div>"),
    (0, "<div>Bildrechte sind geklärt.</div>"),
    (3, "<div>Zugänge zum Testsystem liegen im Tresor.</div>"),
]

TODOS = [
    # project, title, whether it is done
    (0, "Texte für die Startseite anfordern", False),
    (3, "Lasttest auswerten", False),
    (6, "Termin für die Abnahme vereinbaren", True),
]

FIRST_NAMES = ["Anna", "Beat", "Céline", "David", "Eva", "Fabian", "Gül", "Hannes", "Ines", "Jörg", "Katrin", "Lars"]
LAST_NAMES = ["Ammann", "Böhm", "Conrad", "Dörr", "Egli", "Fuchs", "Gerber", "Hübner", "Imhof", "Jäger", "Kunz"]
TOWNS = ["Aarau", "Basel", "Chur", "Dresden", "Erfurt", "Freiburg", "Göttingen", "Husum", "Ilmenau", "Jena", "Köln"]
INDUSTRIES = ["Apotheken", "Bauhof", "Confiserie", "Druckerei", "Energie", "Fahrradwerk", "Gärtnerei", "Holzbau"]
PROJECT_NAMES = ["Website", "Kampagne", "App", "Newsletter", "Messeauftritt", "Intranet", "Broschüre"]
"""The names of users, customers and projects in larger agencies, in turn."""
