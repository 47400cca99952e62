package org.vmail.directory;

import com.google.common.base.CharMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.vmail.address.Domain;
import org.vmail.internal.Printable;

/**
 * A program and its arguments, to be run without a shell. In the arguments stand {@code %d} for the main name of the domain,
 * {@code %f} for the sender's address (empty in reports), {@code %u} for the local part that the mail was addressed to, and
 * {@code %%} for a percent sign.
 *
 * <p>What strangers choose is never split and never interpreted: a token becomes part of the one argument that it stands
 * in. As that argument could still be taken for an option, a value that begins with {@code -} is refused where it would
 * begin an argument, unless an argument {@code --} stands before it. Immutable and thread-safe.
 *
 * @param words the absolute path of the program, then its arguments
 */
public record CommandLine(List<String> words) {
    private static final int MAX_WORDS = 100;
    private static final int MAX_CHARS = 4000;
    private static final CharMatcher PLAIN = CharMatcher.inRange('a', 'z')
            .or(CharMatcher.inRange('A', 'Z'))
            .or(CharMatcher.inRange('0', '9'))
            .or(CharMatcher.anyOf("@%+=:./_-"));
    private static final CharMatcher SHELL = CharMatcher.anyOf("|&;<>()$`*?[");
    private static final CharMatcher SHELL_IN_QUOTES = CharMatcher.anyOf("$`");
    private static final CharMatcher SHELL_AT_START = CharMatcher.anyOf("#~");

    /** What stands for a token. */
    private record Values(String domain, String sender, String user) {
        String of(char token) {
            return switch (token) {
                case 'd' -> domain;
                case 'f' -> sender;
                case 'u' -> user;
                default -> token == '%' ? "%" : "%" + token;
            };
        }
    }

    /**
     * Copies and checks the words.
     *
     * @param words the program and its arguments
     * @throws IllegalArgumentException if the program is no absolute path, or has a token in it, or a word cannot be an
     *     argument
     */
    public CommandLine {
        words = List.copyOf(words);
        if (words.isEmpty() || !words.get(0).startsWith("/") || words.get(0).contains("%")) {
            throw new IllegalArgumentException("a command begins with the absolute path of a program");
        }
        if (words.size() > MAX_WORDS || words.stream().mapToInt(String::length).sum() > MAX_CHARS) {
            throw new IllegalArgumentException("a command is too long");
        }
        if (words.stream().anyMatch(CharMatcher.javaIsoControl()::matchesAnyOf)) {
            throw new IllegalArgumentException("a command has a control character");
        }
    }

    /**
     * Reads a command as it stands behind {@code |} in an aliases file. Words are separated by white space; single or double
     * quotes keep one together, and a backslash makes the next character an ordinary one. What a shell would act on
     * is refused rather than passed on, since it was meant for a shell.
     *
     * @param text the path of a program and its arguments
     * @return the command
     * @throws IllegalArgumentException if it is none; the message says why and is safe to log
     */
    public static CommandLine parse(String text) {
        return new CommandLine(new Splitter(text).words());
    }

    /** What {@link #parse} reads as this. */
    String written() {
        return words.stream()
                .map(word -> PLAIN.matchesAllOf(word) && !word.isEmpty() ? word : quoted(word))
                .collect(Collectors.joining(" "));
    }

    /** No backslash is left before a double quote, so the whole can be put in such quotes. */
    private static String quoted(String word) {
        StringBuilder text = new StringBuilder("'");
        word.chars()
                .forEach(c -> text.append(c == '\'' || c == '\\' ? "'\\" + (char) c + "'" : String.valueOf((char) c)));
        return text.append('\'').toString();
    }

    /**
     * Whether a token stands in the arguments.
     *
     * @param token such as {@code 'u'}
     * @return whether its value matters
     */
    public boolean uses(char token) {
        return words.stream().anyMatch(word -> word.replace("%%", "").contains("%" + token));
    }

    /**
     * What is to be run for a message.
     *
     * @param domain for {@code %d}
     * @param sender for {@code %f}
     * @param user for {@code %u}
     * @return the program and its arguments, as many as there are {@link #words()}
     * @throws IllegalArgumentException if a value would begin an argument with {@code -}; the message is safe to log
     */
    public List<String> arguments(Domain domain, String sender, String user) {
        Values values = new Values(domain.name(), sender, user);
        List<String> arguments = new ArrayList<>();
        boolean optionsEnded = false;
        for (String word : words) {
            String argument = replace(word, values);
            if (!optionsEnded && !word.startsWith("-") && argument.startsWith("-")) {
                throw new IllegalArgumentException("'" + Printable.of(argument) + "' could be taken for an option");
            }
            optionsEnded |= word.equals("--");
            arguments.add(argument);
        }
        return List.copyOf(arguments);
    }

    private static String replace(String word, Values values) {
        StringBuilder argument = new StringBuilder();
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            argument.append(c == '%' && i + 1 < word.length() ? values.of(word.charAt(++i)) : String.valueOf(c));
        }
        return argument.toString();
    }

    /** The program, for logs; its arguments may be secrets. */
    @Override
    public String toString() {
        return words.get(0);
    }

    /** Splits a text as a shell does, and refuses whatever else a shell does. */
    private static final class Splitter {
        private final String text;
        private final List<String> words = new ArrayList<>();
        private final StringBuilder word = new StringBuilder();
        private boolean inWord;
        private int at;

        Splitter(String text) {
            this.text = text;
        }

        List<String> words() {
            while (at < text.length()) {
                char c = text.charAt(at++);
                if (Character.isWhitespace(c)) {
                    endWord();
                } else if (c == '"' || c == '\'') {
                    quoted(c);
                } else if (c == '\\') {
                    add(next("a backslash"));
                } else if (SHELL.matches(c) || (!inWord && SHELL_AT_START.matches(c))) {
                    throw needsShell(c);
                } else {
                    add(c);
                }
            }
            endWord();
            return words;
        }

        private void quoted(char quote) {
            inWord = true;
            for (char c = next("a quote"); c != quote; c = next("a quote")) {
                if (quote == '"' && SHELL_IN_QUOTES.matches(c)) {
                    throw needsShell(c);
                }
                boolean escape =
                        quote == '"' && c == '\\' && at < text.length() && "\\\"$`".indexOf(text.charAt(at)) >= 0;
                add(escape ? next("a backslash") : c);
            }
        }

        private char next(String what) {
            if (at == text.length()) {
                throw new IllegalArgumentException("a command ends within " + what);
            }
            return text.charAt(at++);
        }

        private void add(char c) {
            inWord = true;
            word.append(c);
        }

        private void endWord() {
            if (inWord) {
                words.add(word.toString());
                word.setLength(0);
                inWord = false;
            }
        }

        private static IllegalArgumentException needsShell(char c) {
            return new IllegalArgumentException(
                    "a command has an unquoted " + c + ", and no shell is there to act on it");
        }
    }
}
