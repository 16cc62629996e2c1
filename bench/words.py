"""Which words are the generated stories made of?

A grammar of German press: places, who acts, what they do, with what, and why. A part of the objects are what the topics
of the shipped feeds.yaml ask for, in the forms that the press uses, so that topics fill as they do in life.
"""

from __future__ import annotations

PLACES = """Aachen Augsburg Bamberg Bayreuth Bielefeld Bochum Bonn Bottrop Brandenburg Braunschweig Bremen Bremerhaven
Celle Chemnitz Coburg Cottbus Darmstadt Dessau Dortmund Dresden Duisburg Düren Düsseldorf Eberswalde Erfurt Erlangen
Essen Esslingen Flensburg Frankfurt Freiburg Fulda Fürth Gelsenkirchen Gera Gießen Göppingen Görlitz Goslar Gotha
Göttingen Greifswald Gütersloh Hagen Halle Hamburg Hameln Hamm Hanau Hannover Haßfurt Heidelberg Heilbronn Herne
Hildesheim Hof Ingolstadt Iserlohn Jena Kaiserslautern Karlsruhe Kassel Kempten Kiel Koblenz Köln Konstanz Krefeld
Landshut Leipzig Leverkusen Lübeck Ludwigsburg Lüneburg Lünen Magdeburg Mainz Mannheim Marburg Minden Moers München
Münster Neuss Neustrelitz Nordhausen Nürnberg Oberhausen Offenbach Oldenburg Osnabrück Paderborn Passau Pforzheim
Plauen Potsdam Ratingen Regensburg Remscheid Reutlingen Rosenheim Rostock Rüsselsheim Saarbrücken Salzgitter Schwäbisch
Schweinfurt Schwerin Siegen Solingen Speyer Stralsund Straubing Stuttgart Suhl Trier Tübingen Ulm Unna Villingen Velbert
Weimar Wetzlar Wiesbaden Wismar Witten Wolfsburg Worms Wuppertal Würzburg Zwickau""".split()

ACTORS = """Stadtrat Kreistag Landkreis Oberbürgermeisterin Bürgermeister Stadtwerke Verwaltung Feuerwehr Kämmerei
Bürgerbüro Jugendamt Bauamt Ministerium Landesregierung Bundesregierung Hochschule Universität Klinikum Sparkasse
Handwerkskammer Landtag Bundestag Polizei Staatsanwaltschaft Amtsgericht Bürgerinitiative Gewerkschaft
Verkehrsverbund Bibliothek Volkshochschule Messegesellschaft Hafenbehörde Regierungspräsidium Städtetag
Gemeindebund Rechnungshof Denkmalbehörde Energieversorger Krankenkasse Umweltamt""".split()

VERBS = """beschließt plant startet erneuert verschiebt prüft fördert stoppt kritisiert verteidigt erweitert verkauft
saniert begrüßt fordert erprobt ertüchtigt eröffnet veröffentlicht untersucht überarbeitet lobt kündigt genehmigt
verlängert beantragt vergibt halbiert verdoppelt bündelt""".split()

OBJECTS = """Haushalt|Umgehungsstraße|Hallenbad|Radweg am Fluss|Kita-Gebühren|Wärmeplanung|Neubaugebiet|Straßenbahn|
Schulsanierung|Hochwasserschutz|Stadtfest|Weihnachtsmarkt|Grundsteuer|Parkgebühren|Müllabfuhr|Stadttheater|
Fußgängerzone|Gewerbegebiet|Windpark|Freibad|Seniorenheim|Ausländerbehörde|Buslinien|Brückenneubau|Museumsanbau|
Obdachlosenhilfe|Stadtarchiv|Tierheim|Wochenmarkt|Klimaschutzkonzept|Ärztehaus|Feuerwache|Kreisverkehr|Friedhofssatzung|
Jugendzentrum|Solarpflicht|Ganztagsschule|Städtepartnerschaft|Volksfest|Wohngeld|Bahnhofsvorplatz|Kanalnetz|
Trinkwassernetz|Stadtbücherei|Notaufnahme|Flüchtlingsunterkunft|Landesgartenschau|Spielplätze|Musikschule|Sporthalle|
Denkmalschutz|Baumschutz|Fernwärme|Gefahrenabwehr|Tourismusabgabe|Hundesteuer|Bettensteuer|Schwimmunterricht""".replace(
    "\n", ""
).split("|")

WANTED = """Smart-City-Strategie|Smart-City-Charta|digitalen Zwilling der Stadt|urbane Datenplattform|OZG-Umsetzung|
Onlinezugangsgesetz|EfA-Leistungen|künstliche Intelligenz im Rathaus|Chatbot für Bürger|Cyberangriff auf die Verwaltung|
IT-Sicherheitskonzept|Ransomware-Vorfall|Open-Data-Portal|Open-Source-Arbeitsplatz|digitale Souveränität|
Glasfaserausbau|Breitbandförderung|Gigabit-Netz|LoRaWAN-Netz|Registermodernisierung|Online-Ausweis|BundID|
digitale Brieftasche|Deutschland-Stack|IT-Planungsrat|Modellkommune|Staatsmodernisierung|Mobilfunkmasten""".replace(
    "\n", ""
).split("|")

REASONS = """für alle Bürgerinnen und Bürger|gemeinsam mit dem Land|nach langer Beratung|noch in diesem Sommer|
ohne neue Schulden|trotz leerer Kassen|gegen den Willen der Anwohner|mit knapper Mehrheit|nach Kritik der Opposition|
zum Jahreswechsel|im zweiten Anlauf|mit Hilfe des Bundes|nach dem Unwetter|wegen steigender Kosten|
auf Drängen der Eltern|für mehr Bürgernähe|unter Auflagen|früher als geplant|später als versprochen|
nach einem Gutachten|
mit Blick auf die Wahl|zur Überraschung vieler|als erste Kommune im Land|in Abstimmung mit den Nachbarn""".replace(
    "\n", ""
).split("|")

KICKERS = """Kommunalpolitik Verkehr Umwelt Bildung Wirtschaft Kultur Blaulicht Digitales Finanzen Soziales Gesundheit
Energie Wohnen Freizeit Stadtentwicklung""".split()

BEGINNINGS = [
    "Das teilte {actor} am {number}. des Monats „auf Anfrage“ mit",
    "Wie {actor} {place} erklärte, sind dafür rund {number} Millionen Euro vorgesehen",
    "In {place} hatte {actor} zuvor eine ähnliche Lösung für das Thema {thing} verworfen",
    "{number} Fraktionen und Gruppen aus {place} äußerten sich zustimmend zum Punkt {thing}",
    "„Wir müssen schneller werden“, sagte die Dezernentin am Rande einer Veranstaltung zu {thing} in {place}",
    "Bis zum {number}. können Einwendungen gegen {thing} bei der Stelle {actor} eingereicht werden",
    "Nach Angaben von {actor} nahmen mehr als {number}00 Gäste aus {place} teil",
    "Der Beschluss zu {thing} fiel mit {number} zu 17 Stimmen",
    "Hintergrund ist eine Änderung des Landesrechts, die {place} zu einem Konzept für {thing} verpflichtet",
    "Über {thing} informiert {actor} auf einer eigenen Internetseite",
    "Für Rückfragen zu {thing} ist {actor} montags bis freitags zwischen 8 und {number} Uhr zu erreichen",
    "Ein Gutachten aus {place} war bei {thing} zu einem gänzlich anderen Ergebnis gekommen",
    "Die Arbeiten an {thing} dauern voraussichtlich {number} Wochen",
    "Vergleichbare Vorhaben wie {thing} gibt es bereits in {place}",
]

ENDS = [
    "Näheres soll die Sitzung in {place} ergeben",
    "der Zuschuss von {actor} steht noch aus",
    "das sind {number} Prozent mehr als im Vorjahr",
    "Kritik kam vor allem aus {place}",
    "bei {thing} bleibt dagegen alles beim Alten",
    "eine Entscheidung über {thing} wird im Frühjahr erwartet",
    "auch {actor} {place} zeigte sich überrascht",
    "die Kosten für {thing} tragen zu {number} Prozent die Anlieger",
    "währenddessen gelten Umleitungen über {place}",
    "{actor} will das Ergebnis in {number} Tagen veröffentlichen",
]
