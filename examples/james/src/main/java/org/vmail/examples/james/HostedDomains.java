package org.vmail.examples.james;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import javax.mail.MessagingException;
import org.apache.mailet.base.GenericRecipientMatcher;
import org.vmail.address.Domain;
import org.vmail.directory.Directory;

/**
 * Matches recipients whose domain is hosted, whether or not there is such a user: {@code
 * match="org.vmail.examples.james.HostedDomains=/etc/vmail"}.
 */
public final class HostedDomains extends GenericRecipientMatcher {
    private Optional<Directory> directory = Optional.empty();

    @Override
    public void init() throws MessagingException {
        try {
            directory = Optional.of(Directory.files(Path.of(getCondition())));
        } catch (IOException e) {
            throw new MessagingException("The condition is the folder where passwd.DOMAIN and its like are", e);
        }
    }

    @Override
    public boolean matchRecipient(org.apache.james.core.MailAddress recipient) throws MessagingException {
        Optional<Domain> domain = Domain.parse(recipient.getDomain().asString());
        try {
            return domain.isPresent()
                    && directory.orElseThrow().domain(domain.get()).isPresent();
        } catch (IOException e) {
            // James keeps the mail and tries again: nobody is told that there is no such domain.
            throw new MessagingException("The hosted domains cannot be told now", e);
        }
    }
}
