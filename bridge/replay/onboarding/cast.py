"""Who plays in the onboarding: two companies, one of which bought the other. Nobody here is real.

Everyone is in one group when their directory arrives. Entra's group ids are those that
``config/mappings/example-entra.yaml`` binds its names to.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """`email` is their user name too."""

    given: str
    family: str
    email: str
    title: str
    locale: str = "en-US"
    user_type: str | None = None

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"


@dataclass(frozen=True, slots=True)
class Group:
    """`department`: that of its people. `id`: the IdP's own; Okta sends none."""

    name: str
    department: str
    people: tuple[Person, ...]
    id: str | None = None


MOVER = Person("Mia", "Chen", "mia.chen@acme.example", "Software Engineer")
LEAVER = Person("Carlos", "Mendes", "carlos.mendes@acme.example", "Support Specialist", "pt-BR")
NEWCOMER = Person("Freya", "Lindqvist", "freya.lindqvist@nordwind.example", "Data Scientist", "sv-SE")

OWNERS = Group(
    "inferpipe-owners",
    "IT",
    (
        Person("Ada", "Okafor", "ada.okafor@acme.example", "Head of Engineering"),
        Person("Henrik", "Sørensen", "henrik.sorensen@acme.example", "IT Director", "da-DK"),
    ),
)
PLATFORM = Group(
    "platform-engineering",
    "Platform",
    (
        Person("Kwame", "Mensah", "kwame.mensah@acme.example", "Site Reliability Engineer"),
        Person("Leilani", "Kahale", "leilani.kahale@acme.example", "Platform Engineer"),
        Person("Thảo", "Nguyễn", "thao.nguyen@acme.example", "Staff Engineer", "vi-VN"),
        Person("Rafael", "Ibarra", "rafael.ibarra@acme.example", "Network Consultant", "es-MX", "Contractor"),
    ),
)
PRODUCT = Group(
    "product-engineering",
    "Product",
    (
        MOVER,
        Person("Oluwaseun", "Adeyemi", "oluwaseun.adeyemi@acme.example", "Engineering Manager"),
        Person("Zofia", "Zielińska", "zofia.zielinska@acme.example", "Frontend Engineer", "pl-PL"),
        Person("Arjun", "Raghunathan", "arjun.raghunathan@acme.example", "Backend Engineer", "en-IN"),
        Person("Noa", "Ben-David", "noa.bendavid@acme.example", "Product Designer", "he-IL"),
        Person("Siobhán", "O'Brien", "siobhan.obrien@acme.example", "QA Engineer", "en-IE"),
    ),
)
SUPPORT = Group(
    "customer-support",
    "Support",
    (
        LEAVER,
        Person("Fatima", "Al-Zahrani", "fatima.alzahrani@acme.example", "Support Lead", "ar-SA"),
        Person("Yuki", "Tanaka", "yuki.tanaka@acme.example", "Support Specialist", "ja-JP"),
        Person("Dilnoza", "Karimova", "dilnoza.karimova@acme.example", "Support Specialist", "uz-UZ"),
        Person("Tāne", "Ngata", "tane.ngata@acme.example", "Support Engineer", "en-NZ"),
        Person("Marisol", "Quispe", "marisol.quispe@acme.example", "Support Specialist", "es-PE"),
    ),
)
SCIENTISTS = Group(
    "Data Scientists",
    "Research",
    (
        NEWCOMER,
        Person("Jonas", "Weber", "jonas.weber@nordwind.example", "Data Scientist", "de-DE"),
        Person("Amina", "Diallo", "amina.diallo@nordwind.example", "Data Scientist", "fr-FR"),
        Person("Björn", "Þórsson", "bjorn.thorsson@nordwind.example", "Statistician", "is-IS"),
        Person("Priya", "Venkatesan", "priya.venkatesan@nordwind.example", "Machine Learning Engineer", "en-GB"),
        Person("Luca", "Ferrari", "luca.ferrari@nordwind.example", "Data Analyst", "it-IT"),
        Person("Eszter", "Kovács", "eszter.kovacs@nordwind.example", "Data Scientist", "hu-HU"),
        Person("Mehmet", "Yılmaz", "mehmet.yilmaz@nordwind.example", "Data Engineer", "tr-TR"),
        Person("Anahera", "Walker", "anahera.walker@nordwind.example", "Visiting Researcher", "en-NZ", "Guest"),
    ),
    id="2c9a7f30-1b7d-4f5a-8f0e-5a3f9f4f7b22",
)
LEADS = Group(
    "Research Leads",
    "Research",
    (
        Person("Ingrid", "Haugen", "ingrid.haugen@nordwind.example", "Director of Research", "nb-NO"),
        Person("Joon-ho", "Park", "joonho.park@nordwind.example", "Principal Scientist", "ko-KR"),
        Person("Beatriz", "Carvalho", "beatriz.carvalho@nordwind.example", "Research Lead", "pt-PT"),
    ),
    id="71e0b0f4-55a2-4c0c-9a57-9b8c1d2e3f33",
)

OKTA = (OWNERS, PLATFORM, PRODUCT, SUPPORT)
ENTRA = (SCIENTISTS, LEADS)
