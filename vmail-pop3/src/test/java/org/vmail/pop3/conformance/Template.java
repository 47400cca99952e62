package org.vmail.pop3.conformance;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text of a transcript line: octets to send or to expect, with placeholders. In its strings each char is one octet
 * (ISO 8859-1). {@link Transcript} says what may be in it.
 */
final class Template {
    private static final String NUMBER = "n";
    private static final char REST = '\u2026';
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]*");

    private sealed interface Part {
        record Text(String octets) implements Part {}

        record Name(String name) implements Part {}

        record Call(String function, Template argument) implements Part {}

        record Repeat(int count, Template what) implements Part {}

        record Rest(boolean atEnd) implements Part {}
    }

    private final List<Part> parts;

    private Template(List<Part> parts) {
        this.parts = List.copyOf(parts);
    }

    /** Reads a template, or throws IllegalArgumentException. */
    static Template parse(String text) {
        Reader reader = new Reader(text);
        Template template = reader.template();
        reader.checkAtEnd();
        return template;
    }

    Template followedBy(String octets) {
        List<Part> longer = new ArrayList<>(parts);
        longer.add(new Part.Text(octets));
        return new Template(longer);
    }

    /** What to send. */
    String octets(Map<String, String> values) {
        StringBuilder octets = new StringBuilder();
        for (Part part : parts) {
            octets.append(octets(part, values));
        }
        return octets.toString();
    }

    /** Whether a line is as expected; if so, it gives values to the names that had none. */
    boolean matches(String line, Map<String, String> values) {
        if (parts.stream().noneMatch(part -> part instanceof Part.Rest || part instanceof Part.Name)) {
            return line.equals(octets(values));
        }
        List<String> captured = new ArrayList<>();
        StringBuilder regex = new StringBuilder();
        for (Part part : parts) {
            regex.append(regex(part, values, captured));
        }
        Matcher matcher = Pattern.compile(regex.toString(), Pattern.DOTALL).matcher(line);
        if (!matcher.matches()) {
            return false;
        }
        for (int i = 0; i < captured.size(); i++) {
            values.put(captured.get(i), matcher.group(i + 1));
        }
        return true;
    }

    /** Whether a line that this expects is the first line of a reply (RFC 1939, section 3; RFC 5034, section 4). */
    boolean isStatus() {
        return !parts.isEmpty()
                && parts.get(0) instanceof Part.Text text
                && text.octets().matches("(?s)(\\+OK|-ERR|\\+ ).*");
    }

    /** The names whose values must be known when this is sent. */
    boolean usesOnly(Map<String, String> known) {
        return parts.stream().allMatch(part -> {
            if (part instanceof Part.Name name) {
                return known.containsKey(name.name());
            } else if (part instanceof Part.Call call) {
                return call.argument().usesOnly(known);
            } else if (part instanceof Part.Repeat repeat) {
                return repeat.what().usesOnly(known);
            }
            return true;
        });
    }

    private static String octets(Part part, Map<String, String> values) {
        if (part instanceof Part.Text text) {
            return text.octets();
        } else if (part instanceof Part.Name name) {
            String value = values.get(name.name());
            if (value == null) {
                throw new IllegalArgumentException("{" + name.name() + "} has no value yet");
            }
            return value;
        } else if (part instanceof Part.Call call) {
            return call(call.function(), call.argument().octets(values));
        } else if (part instanceof Part.Repeat repeat) {
            return repeat.what().octets(values).repeat(repeat.count());
        }
        throw new IllegalArgumentException("\u2026 cannot be sent");
    }

    private static String regex(Part part, Map<String, String> values, List<String> captured) {
        if (part instanceof Part.Rest rest) {
            return rest.atEnd() ? "(?: .*)?" : ".*";
        } else if (part instanceof Part.Name name && name.name().equals(NUMBER)) {
            return "[0-9]+";
        } else if (part instanceof Part.Name name && !values.containsKey(name.name())) {
            captured.add(name.name());
            return "([!-~]+)";
        }
        return Pattern.quote(octets(part, values));
    }

    private static String call(String function, String octets) {
        return switch (function) {
            case "base64" -> Base64.getEncoder().encodeToString(octets.getBytes(ISO_8859_1));
            case "md5" -> HexFormat.of().formatHex(md5().digest(octets.getBytes(ISO_8859_1)));
            default -> throw new IllegalArgumentException("There is no function " + function);
        };
    }

    private static MessageDigest md5() {
        try {
            return MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has MD5", e);
        }
    }

    private static final class Reader {
        private final String text;
        private int at;

        Reader(String text) {
            this.text = text;
        }

        /** Reads to the end, or to the brace that ends an argument. */
        Template template() {
            List<Part> parts = new ArrayList<>();
            StringBuilder literal = new StringBuilder();
            while (at < text.length() && text.charAt(at) != '}') {
                char c = text.charAt(at);
                if (c == '{' || c == REST) {
                    addLiteral(parts, literal);
                    at++;
                    parts.add(c == '{' ? placeholder() : new Part.Rest(at == text.length()));
                } else if (c == '\\') {
                    literal.append(escape());
                } else {
                    int codePoint = text.codePointAt(at);
                    at += Character.charCount(codePoint);
                    literal.append(new String(Character.toString(codePoint).getBytes(UTF_8), ISO_8859_1));
                }
            }
            addLiteral(parts, literal);
            return new Template(parts);
        }

        void checkAtEnd() {
            check(at == text.length(), "} without {, write \\}");
        }

        private static void addLiteral(List<Part> parts, StringBuilder literal) {
            if (!literal.isEmpty()) {
                parts.add(new Part.Text(literal.toString()));
                literal.setLength(0);
            }
        }

        private Part placeholder() {
            int start = at;
            while (at < text.length() && "}:*".indexOf(text.charAt(at)) < 0) {
                at++;
            }
            check(at < text.length(), "{ without }, write \\{");
            String word = text.substring(start, at);
            char kind = text.charAt(at++);
            if (kind == '*') {
                check(word.matches("[0-9]{1,7}"), "{COUNT*TEXT} needs a number");
                return new Part.Repeat(Integer.parseInt(word), argument());
            }
            check(NAME.matcher(word).matches(), "a name is of lower-case letters, digits and hyphens");
            return kind == ':' ? new Part.Call(word, argument()) : new Part.Name(word);
        }

        private Template argument() {
            Template argument = template();
            check(at < text.length(), "{ without }, write \\{");
            at++;
            return argument;
        }

        private char escape() {
            check(at + 1 < text.length(), "\\ at the end");
            char c = text.charAt(at + 1);
            at += 2;
            return switch (c) {
                case 'r' -> '\r';
                case 'n' -> '\n';
                case 't' -> '\t';
                case 's' -> ' ';
                case '0' -> '\0';
                case '\\', '{', '}' -> c;
                case 'x' -> {
                    check(at + 2 <= text.length(), "\\x needs two digits");
                    at += 2;
                    yield (char) Integer.parseInt(text.substring(at - 2, at), 16);
                }
                default -> throw new IllegalArgumentException("\\" + c + " is not known");
            };
        }

        private static void check(boolean condition, String message) {
            if (!condition) {
                throw new IllegalArgumentException(message);
            }
        }
    }
}
