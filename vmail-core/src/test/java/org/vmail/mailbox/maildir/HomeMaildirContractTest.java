package org.vmail.mailbox.maildir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.address.MailAddress;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.DeliveryTarget;
import org.vmail.mailbox.MaildropStore;
import org.vmail.mailbox.MaildropStoreContract;
import org.vmail.mailbox.OpenResult;

/** Delivered as by an MTA, read as from the homes of users. */
class HomeMaildirContractTest extends MaildropStoreContract<HomeMaildirContractTest.Site> {
    @TempDir
    Path root;

    record Site(MaildirStore mta, HomeMaildirStore homes) implements MaildropStore, DeliveryTarget {
        @Override
        public OpenResult open(MailAddress account) throws IOException {
            return homes.open(account);
        }

        @Override
        public Delivery begin(MailAddress account) throws IOException {
            return mta.begin(account);
        }
    }

    @Override
    protected Site newStore() throws IOException {
        Path locks = Files.createDirectory(root.resolve("locks"));
        Path mail = Files.createDirectory(root.resolve("mail"));
        int self = (Integer) Files.getAttribute(mail, "unix:uid");
        for (MailAddress account : new MailAddress[] {JOE, OTHER_JOE}) {
            Files.createDirectory(mail.resolve(account.domain().name()));
        }
        HomeMaildirStore.Homes homes = account -> Optional.of(
                new HomeMaildirStore.Home(mail.resolve(account.domain().name()), self));
        return new Site(
                MaildirStore.under(mail), HomeMaildirStore.in(homes, locks).withFolder("joe"));
    }
}
