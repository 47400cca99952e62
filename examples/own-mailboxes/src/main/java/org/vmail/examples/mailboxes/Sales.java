package org.vmail.examples.mailboxes;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.vmail.address.MailAddress;

/** The application's data: what was sold, and whose report of it is still unread. Thread-safe. */
class Sales {
    private final Map<Long, Sale> unread = new ConcurrentSkipListMap<>();

    void add(Sale sale) {
        unread.put(sale.number(), sale);
    }

    List<Sale> unreadOf(MailAddress seller) {
        return unread.values().stream()
                .filter(sale -> sale.seller().equals(seller))
                .toList();
    }

    void read(long number) {
        unread.remove(number);
    }
}
