package org.vmail.directory.jdbc;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.directory.Account;
import org.vmail.directory.AliasTarget;
import org.vmail.directory.Forward;
import org.vmail.directory.PasswordHash;
import org.vmail.directory.Quota;

/** Reads accounts. */
final class AccountReader {
    /** No scheme that can be checked has longer ones. */
    private static final int MAX_PASSWORD_CHARS = 1000;

    private AccountReader() {}

    /**
     * The account of an address, or empty if no row is of it.
     *
     * @throws IOException if two rows are, as nobody can tell which one counts
     */
    static Optional<Account> account(MailAddress address, List<Row> rows) throws IOException {
        List<Row> own =
                rows.stream().filter(row -> AliasReader.isOf(address, row)).toList();
        if (own.size() > 1) {
            throw new IOException("the database has " + address + " " + own.size() + " times as an account");
        }
        return own.isEmpty() ? Optional.empty() : Optional.of(account(address, own.get(0)));
    }

    /** The account whose user has a full name, or empty if there is none, or several. */
    static Optional<Account> accountOfFullName(MailAddress name, List<Row> rows) throws IOException {
        List<Account> found = new ArrayList<>();
        for (Row row : rows) {
            Optional<MailAddress> address = row.text(Columns.ADDRESS)
                    .flatMap(MailAddress::parse)
                    .filter(own -> own.domain().equals(name.domain()));
            if (address.isPresent()) {
                Account account = account(address.get().toLowerCase(), row);
                account.addressOfFullName().filter(name::equals).ifPresent(same -> found.add(account));
            }
        }
        return found.size() == 1 ? Optional.of(found.get(0)) : Optional.empty();
    }

    private static Account account(MailAddress address, Row row) throws IOException {
        Account account = new Account(address, hash(row))
                .withFullName(row.text(Columns.FULL_NAME).orElse(""));
        Quota quota = quota(row, Quota.UNLIMITED);
        if (row.text(Columns.QUOTA_OCTETS).isPresent()
                || row.text(Columns.QUOTA_MESSAGES).isPresent()) {
            account = account.withQuota(quota);
        }
        Optional<Forward> forward = forward(address.domain(), row);
        if (forward.isPresent()) {
            account = account.withForward(forward.get());
        }
        return row.flag(Columns.DISABLED, false) ? account.whenDisabled() : account;
    }

    private static PasswordHash hash(Row row) {
        return row.text(Columns.PASSWORD)
                .filter(text -> text.length() <= MAX_PASSWORD_CHARS)
                .map(PasswordHash::ofScheme)
                .orElseGet(PasswordHash::locked);
    }

    /** The quota of a row, or those parts of another that it does not say anything of. */
    static Quota quota(Row row, Quota otherwise) throws IOException {
        return new Quota(
                row.number(Columns.QUOTA_OCTETS).orElse(otherwise.octets()),
                row.number(Columns.QUOTA_MESSAGES).orElse(otherwise.messages()));
    }

    private static Optional<Forward> forward(Domain domain, Row row) throws IOException {
        String text = row.text(Columns.FORWARD).orElse("").strip();
        if (text.isEmpty()) {
            return Optional.empty();
        }
        List<MailAddress> to = new ArrayList<>();
        for (AliasTarget target : AliasTarget.parse(text, domain)) {
            if (!(target instanceof AliasTarget.Address member)) {
                throw new IOException("the database has a forward in " + domain + " that is no list of addresses");
            }
            to.add(member.address());
        }
        return Optional.of(new Forward(to, row.flag(Columns.KEEP_COPY, true)));
    }
}
