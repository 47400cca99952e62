package org.vmail.directory.jdbc;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.directory.Alias;
import org.vmail.directory.AliasTarget;
import org.vmail.directory.AliasTarget.Address;
import org.vmail.directory.AliasTarget.Discard;
import org.vmail.directory.AliasTarget.Mailbox;
import org.vmail.directory.AliasTarget.Refusal;
import org.vmail.directory.AliasTarget.Unusable;

/** Reads aliases: several rows for one name, and several targets in one row, as Postfix does. */
final class AliasReader {
    private AliasReader() {}

    /** The alias of an address, or empty if no row is of it, or it stands for itself alone, as in PostfixAdmin. */
    static Optional<Alias> alias(MailAddress address, List<Row> rows, int maxTargets) throws IOException {
        List<Row> own = rows.stream().filter(row -> isOf(address, row)).toList();
        Set<AliasTarget> targets = targets(own, address.domain(), Optional.of(address), maxTargets);
        boolean onlyItself = targets.stream()
                .allMatch(target -> target instanceof Address to
                        && to.address().toLowerCase().equals(address));
        return onlyItself ? Optional.empty() : Optional.of(new Alias(address, List.copyOf(targets)));
    }

    /** A database compares by rules of its own, which may take other letters, or spaces behind them, for the same. */
    static boolean isOf(MailAddress address, Row row) {
        return row.text(Columns.ADDRESS)
                .flatMap(MailAddress::parse)
                .filter(found -> found.toLowerCase().equals(address))
                .isPresent();
    }

    /**
     * What all rows together name.
     *
     * @param name whose local part a target such as {@code @b.example} keeps, if that is known
     */
    static Set<AliasTarget> targets(List<Row> rows, Domain domain, Optional<MailAddress> name, int maxTargets)
            throws IOException {
        List<AliasTarget> all = new ArrayList<>();
        for (Row row : rows) {
            String text = row.text(Columns.TARGET).orElse("");
            AliasTarget.parse(text, domain).forEach(target -> all.add(allowed(target, name)));
        }
        if (all.size() > maxTargets) {
            throw new IOException(
                    "the database has an alias of " + domain + " with more than " + maxTargets + " targets");
        }
        boolean alone = all.size() == 1;
        Set<AliasTarget> targets = new LinkedHashSet<>();
        for (AliasTarget target : all) {
            targets.add(
                    !alone && target instanceof Refusal
                            ? new Unusable(":fail:", "a refusal has to be the only target")
                            : target);
        }
        return targets;
    }

    /** Who may write to a table, by a form on a web page perhaps, must not run programs here or write to files. */
    private static AliasTarget allowed(AliasTarget target, Optional<MailAddress> name) {
        if (target instanceof Unusable unusable && name.isPresent()) {
            return wholeDomain(unusable.text())
                    .<AliasTarget>map(
                            domain -> new Address(new MailAddress(name.get().localPart(), domain)))
                    .orElse(unusable);
        }
        boolean harmless = target instanceof Address
                || target instanceof Mailbox
                || target instanceof Refusal
                || target instanceof Discard
                || target instanceof Unusable;
        return harmless
                ? target
                : new Unusable("", "an alias in a database cannot name programs, files or lists in files");
    }

    /** The domain of a target such as {@code @b.example}. */
    static Optional<Domain> wholeDomain(String text) {
        return text.startsWith("@") ? Domain.parse(text.substring(1)) : Optional.empty();
    }
}
