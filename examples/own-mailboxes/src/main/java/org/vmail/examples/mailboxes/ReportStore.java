package org.vmail.examples.mailboxes;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.vmail.address.MailAddress;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.MaildropStore;
import org.vmail.mailbox.OpenResult;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.UniqueId;

/** A maildrop for each seller, with a report of each sale, written when it is fetched. */
final class ReportStore implements MaildropStore {
    private final Sales sales;
    private final Map<MailAddress, Reports> inUse = new ConcurrentHashMap<>();

    ReportStore(Sales sales) {
        this.sales = sales;
    }

    @Override
    public OpenResult open(MailAddress account) {
        Reports maildrop = new Reports(account);
        if (inUse.putIfAbsent(account, maildrop) != null) {
            return new OpenResult.InUse();
        }
        try {
            maildrop.list();
            return new OpenResult.Opened(maildrop);
        } catch (RuntimeException e) {
            maildrop.close();
            throw e;
        }
    }

    private final class Reports implements Maildrop {
        private final MailAddress seller;
        private final Map<StoredMessage, Sale> reports = new LinkedHashMap<>();

        Reports(MailAddress seller) {
            this.seller = seller;
        }

        /** Only when nobody else can remove any of them. */
        void list() {
            for (Sale sale : sales.unreadOf(seller)) {
                reports.put(new StoredMessage(new UniqueId("sale-" + sale.number()), report(sale).length), sale);
            }
        }

        @Override
        public List<StoredMessage> messages() {
            return List.copyOf(reports.keySet());
        }

        @Override
        public Optional<InputStream> content(StoredMessage message) {
            return Optional.ofNullable(reports.get(message)).map(sale -> new ByteArrayInputStream(report(sale)));
        }

        @Override
        public void remove(Set<UniqueId> messages) {
            messages.forEach(id -> sales.read(Long.parseLong(id.value().substring("sale-".length()))));
        }

        @Override
        public void close() {
            inUse.remove(seller, this); // and not the maildrop of a session that came later
        }
    }

    private static byte[] report(Sale sale) {
        return ("From: shop@a.example\r\nTo: " + sale.seller() + "\r\nSubject: Sale " + sale.number() + "\r\n\r\n"
                        + sale.day() + ": " + sale.cents() / 100 + "." + "%02d".formatted(sale.cents() % 100) + "\r\n")
                .getBytes(US_ASCII);
    }
}
