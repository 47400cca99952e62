package org.vmail.delivery;

import java.nio.file.Path;
import org.vmail.address.MailAddress;
import org.vmail.directory.CommandLine;

/** Where a copy of a message ends up. Equal destinations of one message get one copy. */
public sealed interface Destination {
    /**
     * A mailbox here.
     *
     * @param account the canonical address of the account
     */
    record Mailbox(MailAddress account) implements Destination {}

    /**
     * A program that takes the message on its standard input.
     *
     * @param recipient whom the program acts for, which {@code %u} and {@code %d} stand for; its domain is a main name
     * @param command what is run
     */
    record Command(MailAddress recipient, CommandLine command) implements Destination {}

    /**
     * A file in mbox format.
     *
     * @param file its absolute path
     */
    record Mbox(Path file) implements Destination {}

    /**
     * A maildir that is no account's mailbox.
     *
     * @param folder its absolute path
     */
    record Maildir(Path folder) implements Destination {}

    /**
     * Somebody elsewhere.
     *
     * @param address the address
     */
    record Remote(MailAddress address) implements Destination {}

    /** Nowhere: the sender is told that all is well. */
    record Discard() implements Destination {}
}
