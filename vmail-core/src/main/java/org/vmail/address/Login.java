package org.vmail.address;

/**
 * What a user typed as a login, split into its parts: with a domain, or without one.
 *
 * <p>Both forms obey the rules of {@link MailAddress}, so a login can be no path and no line break.
 */
public sealed interface Login {
    /**
     * A login that names its domain, such as {@code joe@a.example}.
     *
     * @param address the user and the domain
     */
    record Qualified(MailAddress address) implements Login {
        /**
         * The address.
         *
         * @return {@link #address()} as text
         */
        @Override
        public String toString() {
            return address.toString();
        }
    }

    /**
     * A login without a domain, such as {@code joe}.
     *
     * @param user a local part
     */
    record Bare(String user) implements Login {
        /**
         * Checks the user as the local part of an address.
         *
         * @param user the unquoted local part
         * @throws IllegalArgumentException if {@link MailAddress} would refuse it; the message is safe to log
         */
        public Bare {
            user = LocalPart.canonical(user);
        }

        /**
         * The address that this login means in a domain.
         *
         * @param domain the domain
         * @return {@code user@domain}
         */
        public MailAddress at(Domain domain) {
            return new MailAddress(user, domain);
        }

        /**
         * The user.
         *
         * @return {@link #user()}
         */
        @Override
        public String toString() {
            return user;
        }
    }
}
