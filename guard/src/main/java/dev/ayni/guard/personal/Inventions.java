package dev.ayni.guard.personal;

import dev.ayni.guard.personal.WordLists.Kind;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/** Invents people, addresses, companies and numbers, as they are written in many countries, for sentences to learn from. */
final class Inventions {
    private final Map<Kind, List<String>> lists;
    private final SplittableRandom random;

    Inventions(Map<Kind, List<String>> lists, SplittableRandom random) {
        this.lists = lists;
        this.random = random;
    }

    private static final String[] BUSINESS = {
        "Data",
        "Health",
        "Credit",
        "Green",
        "Cloud",
        "Digital",
        "Capital",
        "Open",
        "Smart",
        "Bright",
        "Blue",
        "North",
        "Pioneer",
        "Summit",
        "River",
        "Stone",
        "Golden",
        "Silver",
        "Urban",
        "Civic",
        "Public",
        "First",
        "National",
        "American",
        "Pacific",
        "Atlantic",
        "Alpine",
        "Solar",
        "Quantum",
        "Vector",
        "Matrix",
        "Delta",
        "Omega",
        "Apex",
        "Global",
        "Social",
        "Mobile",
        "Rapid",
        "Clear",
        "True",
        "Common",
        "General",
        "Applied",
        "Advanced",
        "Integrated",
        "Northern",
        "Western",
        "Harbor",
        "Bridge",
        "Market",
        "Energy",
        "Water",
        "Food",
        "Garden",
        "Home",
        "Legal",
        "Medical",
        "Dental",
        "Travel",
        "Sport",
        "Music",
        "Film",
        "Learning",
        "Education",
        "Science",
        "Insight",
        "Signal",
        "Logic",
        "Code",
        "Pixel",
        "Sky",
        "Ocean",
        "Forest",
        "Iron",
        "Copper"
    };
    private static final String[] KINDS = {
        "Inc",
        "Inc.",
        "LLC",
        "Ltd",
        "Ltd.",
        "PLC",
        "Corp.",
        "Corporation",
        "GmbH",
        "AG",
        "S.A.",
        "B.V.",
        "AB",
        "Oy",
        "S.p.A.",
        "Group",
        "Holdings",
        "Partners",
        "Associates",
        "Solutions",
        "Systems",
        "Technologies",
        "Software",
        "Labs",
        "Industries",
        "Enterprises",
        "International",
        "Networks",
        "Media",
        "Studios",
        "Pharma",
        "Insurance",
        "Bank",
        "Investments",
        "Foundation",
        "Institute",
        "Energy",
        "Foods",
        "Logistics",
        "Airlines",
        "Motors",
        "Consulting",
        "Research",
        "Analytics",
        "and Sons",
        "& Co",
        "Company",
        "Services",
        "Club"
    };
    private static final String[] BEGINNINGS = {
        "Da", "Ver", "Lu", "Ze", "No", "Ky", "Xi", "Tra", "Plo", "Fin", "Cor", "Ava", "In", "Op", "Sy", "Te", "Ra",
        "Mo", "Pre", "Cla", "Vi", "Hy", "Bri", "Qua", "Gen", "Sol", "Ner", "Spo", "Lo", "Mar", "Ax", "En", "Al", "Re",
        "U", "Ca", "Wa", "Sa"
    };
    private static final String[] MIDDLES = {
        "ri", "va", "no", "mi", "la", "ta", "do", "ga", "ne", "xi", "li", "to", "ce", "qua", "ve", "ra", "sta", "bi",
        "go", "ma"
    };
    private static final String[] ENDINGS = {
        "dyne", "tech", "soft", "ly", "io", "ware", "scope", "gen", "watt", "logic", "metrics", "works", "base", "link",
        "trix", "nix", "tura", "lytics", "com", "med", "pay", "star", "mint", "hub", "view", "rise", "line", "data",
        "map", "ium", "ent", "is", "a", "o"
    };
    private static final String[] ENGLISH_STREETS = {
        "Street",
        "St",
        "St.",
        "Road",
        "Rd",
        "Rd.",
        "Avenue",
        "Ave",
        "Ave.",
        "Lane",
        "Drive",
        "Dr.",
        "Court",
        "Place",
        "Way",
        "Boulevard",
        "Blvd",
        "Terrace",
        "Close",
        "Crescent",
        "Square",
        "Parkway",
        "Hill",
        "Grove",
        "Gardens",
        "Row",
        "Highway",
        "Trail",
        "Loop"
    };
    private static final String[] STREET_TREES = {
        "Oak",
        "Maple",
        "Cedar",
        "Church",
        "Mill",
        "Park",
        "Station",
        "High",
        "Main",
        "Bridge",
        "King",
        "Queen",
        "Victoria",
        "Green",
        "Lake",
        "River",
        "Spring",
        "Hill",
        "School",
        "Chestnut",
        "Elm",
        "Walnut",
        "Washington",
        "Lincoln",
        "Market",
        "North",
        "South"
    };
    private static final String[] STATES = {
        "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "FL", "GA", "IL", "IN", "KS", "MA", "MD", "MI", "MN", "MO", "NC",
        "NJ", "NM", "NV", "NY", "OH", "OR", "PA", "TN", "TX", "UT", "VA", "WA", "WI", "ON", "QC", "BC", "AB", "NSW",
        "VIC", "QLD", "SP", "RJ", "MG", "RS"
    };
    private static final String[] MONTHS = {
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
        "Jan",
        "Feb",
        "Mar",
        "Apr",
        "Jun",
        "Jul",
        "Aug",
        "Sept",
        "Oct",
        "Nov",
        "Dec"
    };
    private static final String[] DAYS = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
    private static final String[] JOBS = {
        "nurse",
        "teacher",
        "plumber",
        "software engineer",
        "Sales manager",
        "Head of Marketing",
        "CEO",
        "accountant",
        "Lawyer",
        "data analyst",
        "Project manager",
        "electrician",
        "chef",
        "Dentist",
        "pharmacist",
        "Chief Financial Officer",
        "carpenter",
        "truck driver",
        "Receptionist",
        "Research assistant",
        "Social worker",
        "Web developer",
        "Police officer",
        "firefighter",
        "Civil engineer",
        "customer service representative",
        "Warehouse clerk",
        "Insurance agent",
        "Forklift operator",
        "machine operator",
        "Film editor",
        "Dental hygienist",
        "security guard",
        "Payroll clerk",
        "Tax examiner",
        "Welder",
        "Flight attendant",
        "Landscape architect",
        "Medical records technician",
        "Computer support specialist",
        "Bookkeeping, accounting, and auditing clerk",
        "Heavy equipment mechanic",
        "Elementary school teacher",
        "Art director",
        "Hotel desk clerk",
        "Parking lot attendant",
        "Loan officer",
        "Public relations director",
        "Fleet maintenance supervisor"
    };

    private String pick(String... values) {
        return values[random.nextInt(values.length)];
    }

    private String pick(Kind kind) {
        List<String> values = lists.getOrDefault(kind, List.of());
        for (int tries = 0; tries < 20; tries++) {
            String value = values.get(random.nextInt(values.size()));
            boolean latin = value.codePoints()
                    .filter(Character::isLetter)
                    .allMatch(c -> Character.UnicodeScript.of(c) == Character.UnicodeScript.LATIN);
            if (latin || random.nextInt(12) == 0) {
                return value;
            }
        }
        return values.getFirst();
    }

    private boolean oneIn(int n) {
        return random.nextInt(n) == 0;
    }

    private String digits(String pattern) {
        StringBuilder out = new StringBuilder();
        for (char c : pattern.toCharArray()) {
            out.append(c == '#' ? (char) ('0' + random.nextInt(10)) : c == '%' ? (char) ('1' + random.nextInt(9)) : c);
        }
        return out.toString();
    }

    /** What stands for a slot. */
    String of(String slot) {
        return switch (slot) {
            case "PERSON" -> varied(person(), 20, 25);
            case "FIRST" -> varied(pick(Kind.FIRST), 20, 40);
            case "LAST" -> varied(pick(Kind.LAST), 20, 30);
            case "TITLE" ->
                varied(
                        pick(
                                "Mr.", "Mrs.", "Ms.", "Dr.", "Prof.", "Mr", "Mrs", "Miss", "Dr", "Herr", "Frau", "Rev.",
                                "Capt."),
                        8,
                        100);
            case "JOB" -> varied(oneIn(2) ? pick(JOBS) : pick(Kind.JOB), 5, 100);
            case "ORG" -> varied(company(), 12, 40);
            case "CITY" -> varied(pick(Kind.PLACE), 12, 6);
            case "COUNTRY" -> varied(pick(Kind.COUNTRY), 12, 30);
            case "NATION" -> varied(pick(Kind.NATION), 6, 100);
            case "DATE" -> date();
            case "YEAR" -> String.valueOf(1930 + random.nextInt(100));
            case "DAY" -> varied(pick(DAYS), 8, 30);
            case "AGE" -> String.valueOf(1 + random.nextInt(99));
            case "ADDRESS" -> address();
            case "STREET" -> varied(street(), 15, 15);
            case "NUMBER" -> number();
            case "UNIT" -> unit();
            case "ZIP" -> zip();
            case "STATE" -> pick(STATES);
            case "PHONE" ->
                digits(pick(
                        "(%##) ###-####",
                        "%##-###-####",
                        "0### ######",
                        "0%# ### ## ##",
                        "### ####",
                        "%## ## ##",
                        "## ## ## ##",
                        "0# ## ## ## ##",
                        "0%##-#######",
                        "%#######",
                        "+## %## ### ###",
                        "0%### ### ###",
                        "%## ### ###",
                        "(0#) #### ####",
                        "(##) ####-####",
                        "####-####",
                        "%##.###.####",
                        "0%## ## ## ##",
                        "(##) ###-###",
                        "## ### ## ##"));
            case "LICENCE" ->
                digits(pick(
                        "%######",
                        "A#######",
                        "D###-####-####",
                        "S########",
                        "########",
                        "B############",
                        "##-###-###",
                        "####-##-####",
                        "K##############",
                        "WA######",
                        "X######",
                        "#########"));
            case "EMAIL" ->
                (PlainLetters.of(pick(Kind.FIRST)) + pick(".", "_", "") + PlainLetters.of(pick(Kind.LAST)))
                                .replace(" ", "")
                        + pick("@example.com", "@example.org", "@mail.example.net");
            case "URL" ->
                "https://www."
                        + (pick(BEGINNINGS) + pick(ENDINGS)).toLowerCase(Locale.ROOT)
                        + pick(".com/", ".org/", ".de/", ".se/", ".io");
            case "COUNT" -> String.valueOf(2 + random.nextInt(900));
            case "LONG" -> digits(pick("########", "######", "#########", "%###", "%#####-#", "AB-####", "#-###"));
            default ->
                throw new IllegalStateException(
                        "The sentences have a slot {%s}, for which nothing is invented.".formatted(slot));
        };
    }

    private String varied(String text, int lowerOneIn, int upperOneIn) {
        return oneIn(lowerOneIn)
                ? text.toLowerCase(Locale.ROOT)
                : oneIn(upperOneIn) ? text.toUpperCase(Locale.ROOT) : text;
    }

    private String person() {
        String first = pick(Kind.FIRST);
        String last = pick(Kind.LAST);
        char initial = (char) ('A' + random.nextInt(26));
        return switch (random.nextInt(12)) {
            case 0 -> first;
            case 1 -> last;
            case 2 -> first + " " + initial + ". " + last;
            case 3 -> first + " " + initial + " " + last;
            case 4 -> initial + ". " + last;
            case 5 -> first + " " + last + " " + pick(Kind.LAST);
            case 6 ->
                oneIn(2)
                        ? first + " " + last + "-" + pick(Kind.LAST)
                        : first + " " + pick("de", "van", "von", "van der", "da", "di") + " " + last;
            default -> first + " " + last;
        };
    }

    private String company() {
        String made = pick(BEGINNINGS) + (oneIn(2) ? pick(MIDDLES) : "") + pick(ENDINGS);
        String two = pick(BUSINESS) + pick(BUSINESS).toLowerCase(Locale.ROOT);
        return switch (random.nextInt(14)) {
            case 0 -> pick(Kind.LAST) + ", " + pick(Kind.LAST) + " and " + pick(Kind.LAST);
            case 1 -> pick(Kind.LAST) + "-" + pick(Kind.LAST);
            case 2 -> pick(Kind.LAST) + " " + pick(KINDS);
            case 3 -> made + " " + pick(KINDS);
            case 4 -> pick(BUSINESS) + " " + pick(BUSINESS) + " " + pick(KINDS);
            case 5 -> pick(BUSINESS) + " " + pick(KINDS);
            case 6 -> two;
            case 7 -> pick(BUSINESS) + " " + pick(BUSINESS);
            case 8 ->
                "" + (char) ('A' + random.nextInt(26)) + (char) ('A' + random.nextInt(26))
                        + (char) ('A' + random.nextInt(26));
            case 9 -> pick(Kind.LAST) + " & " + pick(Kind.LAST);
            case 10 -> "The " + pick(BUSINESS) + " " + pick(KINDS);
            case 11 -> pick(Kind.LAST) + " " + pick(Kind.LAST);
            default -> made;
        };
    }

    private String date() {
        int day = 1 + random.nextInt(28);
        int month = 1 + random.nextInt(12);
        int year = 1930 + random.nextInt(100);
        return switch (random.nextInt(10)) {
            case 0 -> "%d/%d/%d".formatted(month, day, year);
            case 1 -> "%04d-%02d-%02d".formatted(year, month, day);
            case 2 -> "%d.%d.%d".formatted(day, month, year);
            case 3 -> pick(MONTHS) + " " + day + ", " + year;
            case 4 -> day + " " + pick(MONTHS) + " " + year;
            case 5 -> pick(MONTHS) + " " + year;
            case 6 -> pick(DAYS);
            case 7 -> pick(MONTHS) + " " + day;
            case 8 -> "%04d-%02d-%02d %02d:%02d:%02d".formatted(year, month, day, day % 24, month, day);
            default -> String.valueOf(year);
        };
    }

    private String number() {
        return switch (random.nextInt(8)) {
            case 0 -> digits("%##");
            case 1 -> digits("%###");
            case 2 -> digits("%####");
            case 3 -> digits("%") + pick("a", "b", "A", "B", "bis");
            default -> digits(pick("%", "%#", "%#"));
        };
    }

    private String street() {
        String name = oneIn(2) ? pick(STREET_TREES) : pick(Kind.LAST);
        String foreign = oneIn(2) ? pick(Kind.LAST) : pick(Kind.PLACE);
        String small = foreign.toLowerCase(Locale.ROOT);
        return switch (random.nextInt(16)) {
            case 0, 1, 2, 3 -> name + " " + pick(ENGLISH_STREETS);
            case 4 -> foreign + pick("straße", "strasse", "weg", "gasse", "str.", "platz", "allee");
            case 5 ->
                foreign
                        + pick(
                                "gatan", "vägen", "katu", "tie", "vej", "gade", "veien", "gata", "straat", "laan",
                                "ova");
            case 6 ->
                pick("rue ", "Rue de ", "rue du ", "avenue ", "Boulevard ", "Place ", "impasse ", "chemin ") + foreign;
            case 7 ->
                pick(
                                "Via ",
                                "Viale ",
                                "Corso ",
                                "Piazza ",
                                "Calle ",
                                "Avda. ",
                                "Plaza ",
                                "C/ ",
                                "Rua ",
                                "Avenida ",
                                "Travessa ")
                        + foreign;
            case 8 -> pick("ul. ", "ulica ", "al. ", "nám. ", "Str. ", "Calea ", "ulice ", "bul. ") + foreign;
            case 9 ->
                foreign
                        + pick(
                                " utca", " u.", " út", " tér", " krt.", " tänav", " iela", " g.", " Sokak", " cesta",
                                " ulica");
            case 10 -> pick(Kind.STREET);
            case 11 -> pick(Kind.STREET_WORD) + " " + foreign;
            case 12 -> foreign + " " + pick(Kind.STREET_WORD);
            case 13 -> foreign;
            case 14 -> pick("North ", "South ", "E ", "W. ", "Old ", "Upper ") + name + " " + pick(ENGLISH_STREETS);
            default -> pick("Jalan ", "Jl. ", "Strada ", "Paseo ", "Carrera ", "Quai ", "Lungomare ", "Largo ") + small;
        };
    }

    private String unit() {
        return switch (random.nextInt(9)) {
            case 0 -> "Suite " + digits("###");
            case 1 -> "Flat " + digits("%");
            case 2 -> "Apt " + digits("%#");
            case 3 -> "Unit " + digits("%#");
            case 4 -> "Floor " + digits("%");
            case 5 -> "P.O. Box " + digits("%###");
            case 6 -> "#" + digits("%##");
            case 7 -> "Room " + digits("%##");
            default -> "Apt. " + digits("%##");
        };
    }

    private String zip() {
        return digits(pick(
                "#####",
                "#####",
                "####",
                "#####-####",
                "### ##",
                "####-###",
                "##-###",
                "#####-###",
                "######",
                "###",
                "SW%A #AA",
                "M%B #H#",
                "%### AB",
                "D-#####",
                "CH-####"));
    }

    /** A whole address in one piece, on one line or on several. */
    private String address() {
        String break_ = oneIn(3) ? "\n" : oneIn(3) ? " " : ", ";
        String street = varied(street(), 30, 30);
        String city = varied(pick(Kind.PLACE), 30, 6);
        String line = oneIn(2) ? number() + " " + street : street + (oneIn(4) ? ", " : " ") + number();
        String unit = oneIn(3) ? break_ + unit() : "";
        String country = oneIn(3) ? break_ + pick(Kind.COUNTRY) : "";
        return switch (random.nextInt(9)) {
            case 0 -> line;
            case 1 -> line + unit;
            case 2 -> line + unit + break_ + city + ", " + pick(STATES) + " " + digits("#####");
            case 3 -> line + unit + break_ + zip() + " " + city + country;
            case 4 -> line + unit + break_ + city + " " + zip() + country;
            case 5 -> line + unit + break_ + city + country + (oneIn(2) ? " " + zip() : "");
            case 6 -> street;
            case 7 -> (oneIn(2) ? "PO Box " : "P.O. Box ") + digits("%##") + break_ + city + " " + zip();
            default -> line + break_ + city;
        };
    }
}
