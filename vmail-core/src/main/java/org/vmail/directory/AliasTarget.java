package org.vmail.directory;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.internal.PlainFile;

/** One of the places that an alias stands for. */
public sealed interface AliasTarget {
    /**
     * Reads what stands behind the colon in aliases(5): targets with commas between them, in all forms that this interface has.
     *
     * @param text one or several targets
     * @param own the domain of targets without one
     * @return the targets, never none; what cannot be read is {@link Unusable}
     */
    static List<AliasTarget> parse(String text, Domain own) {
        return new AliasTargets(own).parse(text);
    }

    /**
     * Says how it is written in aliases(5), for people and for files: {@link #parse} reads it as what it is.
     *
     * @return one target without commas that are not in quotes; of {@link Unusable} what stands in the file
     */
    String written();

    /**
     * An address, here or elsewhere; it may be another alias.
     *
     * @param address the address
     */
    record Address(MailAddress address) implements AliasTarget {
        @Override
        public String written() {
            return AliasTargets.written(address);
        }
    }

    /**
     * The mailbox of an account, even if an alias has its name: {@code \joe}, where the expansion ends.
     *
     * @param account the account's address
     */
    record Mailbox(MailAddress account) implements AliasTarget {
        @Override
        public String written() {
            return "\\" + account;
        }
    }

    /**
     * A program that takes the message on its standard input: {@code |/path/program args}.
     *
     * @param command what is run
     */
    record Command(CommandLine command) implements AliasTarget {
        @Override
        public String written() {
            return AliasTargets.quotedIfNeeded("|" + command.written());
        }
    }

    /**
     * A file in mbox format that the message is appended to: {@code /path/file}.
     *
     * @param file its absolute path
     */
    record Mbox(Path file) implements AliasTarget {
        @Override
        public String written() {
            return AliasTargets.quotedIfNeeded(file.toString());
        }
    }

    /**
     * A maildir: {@code /path/folder/}.
     *
     * @param folder its absolute path
     */
    record Maildir(Path folder) implements AliasTarget {
        @Override
        public String written() {
            return AliasTargets.quotedIfNeeded(folder + "/");
        }
    }

    /**
     * The members that stand in a file of their own: {@code :include:/path/list}, one or several addresses a line, with
     * {@code #} before comments. The file is read whenever mail comes.
     *
     * <p>It may belong to anybody, so that the upkeep of a list can be left to somebody without privileges. Therefore nothing
     * but addresses counts in it: no commands, files or further lists, as in Postfix by default. A symbolic link is not
     * followed.
     *
     * @param file its absolute path
     * @param domain the domain of members without one
     */
    record ListFile(Path file, Domain domain) implements AliasTarget {
        private static final int MAX_OCTETS = 1 << 20;

        @Override
        public String written() {
            return AliasTargets.quotedIfNeeded(AliasTargets.INCLUDE + file);
        }

        /**
         * Reads the file.
         *
         * @return its members, each an {@link Address} or {@link Unusable}
         * @throws IOException if it cannot be read now, or is larger than 1 MiB, or is no regular file
         */
        public List<AliasTarget> members() throws IOException {
            byte[] text = PlainFile.read(file, MAX_OCTETS + 1);
            if (text.length > MAX_OCTETS) {
                throw new IOException("The list " + file + " is larger than 1 MiB");
            }
            return AliasesFile.members(domain, new String(text, UTF_8).lines().toList());
        }
    }

    /**
     * Nobody, and the sender is told: {@code :fail: text}. An exception to a fallback or a pattern; the only target of its
     * alias.
     *
     * @param text what the sender is told, one line of printable ASCII; may be empty
     */
    record Refusal(String text) implements AliasTarget {
        private static final int MAX_CHARS = 200;

        /**
         * Checks the text.
         *
         * @param text what the sender is told
         * @throws IllegalArgumentException if it is too long or has other characters
         */
        public Refusal {
            if (text.length() > MAX_CHARS || !text.chars().allMatch(c -> c >= ' ' && c <= '~')) {
                throw new IllegalArgumentException("a refusal is up to 200 characters of printable ASCII");
            }
        }

        @Override
        public String written() {
            return AliasTargets.FAIL + " " + text;
        }
    }

    /** Nobody, and nobody is told: {@code /dev/null} or {@code :blackhole:}. */
    record Discard() implements AliasTarget {
        @Override
        public String written() {
            return AliasTargets.BLACKHOLE;
        }
    }

    /**
     * Something that cannot be delivered to. It stays in the list, so that mail to the alias waits for the administrator
     * to mend it instead of going back, or to half of the members.
     *
     * @param text what stands in the file
     * @param problem what is wrong with it
     */
    record Unusable(String text, String problem) implements AliasTarget {
        @Override
        public String written() {
            return text;
        }
    }
}
