package org.vmail.directory;

import java.util.Optional;
import org.vmail.address.MailAddress;

/**
 * Somebody who has a mailbox here. Immutable; each {@code with…} method returns a changed copy.
 *
 * <p>Whose login has expired or is locked still gets mail, as with Postfix and Dovecot: that is a matter of the password hash
 * alone. Who is disabled neither logs in nor gets mail, which is refused (550 5.2.1).
 *
 * @param address the account's one canonical address; mailboxes are stored under it
 * @param passwordHash what its password is checked against; {@linkplain PasswordHash#locked locked} if it is disabled,
 *     whatever was given
 * @param fullName the user's name, which the account may receive mail under, too; empty if it is not known
 * @param disabled whether the account is switched off
 * @param forward where its mail goes instead of or beside its mailbox
 * @param quota how much its mailbox may hold, if not what is usual in its domain
 */
public record Account(
        MailAddress address,
        PasswordHash passwordHash,
        Optional<String> fullName,
        boolean disabled,
        Optional<Forward> forward,
        Optional<Quota> quota) {
    /**
     * Locks the hash of a disabled account, so that nobody who checks passwords has to think of it.
     *
     * @param address the account's one canonical address
     * @param passwordHash what its password is checked against
     * @param fullName the user's name
     * @param disabled whether the account is switched off
     * @param forward where its mail goes
     * @param quota how much its mailbox may hold
     */
    public Account {
        passwordHash = disabled ? PasswordHash.locked() : passwordHash;
    }

    /**
     * An account with nothing unusual about it.
     *
     * @param address the account's one canonical address
     * @param passwordHash what its password is checked against
     */
    public Account(MailAddress address, PasswordHash passwordHash) {
        this(address, passwordHash, Optional.empty(), false, Optional.empty(), Optional.empty());
    }

    /**
     * Sets the address.
     *
     * @param canonical the account's one canonical address
     * @return the changed copy
     */
    Account withAddress(MailAddress canonical) {
        return new Account(canonical, passwordHash, fullName, disabled, forward, quota);
    }

    /**
     * Sets what the password is checked against.
     *
     * @param hash the hash
     * @return the changed copy
     */
    public Account withPasswordHash(PasswordHash hash) {
        return new Account(address, hash, fullName, disabled, forward, quota);
    }

    /**
     * Sets the user's full name.
     *
     * @param name such as {@code Joe Who}; blank for none
     * @return the changed copy
     * @see HostedDomain#withFullNames
     */
    public Account withFullName(String name) {
        Optional<String> known = Optional.of(name.strip()).filter(text -> !text.isEmpty());
        return new Account(address, passwordHash, known, disabled, forward, quota);
    }

    /**
     * The address that the user has by the full name: in lower case, with a dot for each gap.
     *
     * @return such as {@code joe.who@a.example} for Joe Who; empty if the name is unknown or makes no address
     * @see Directory#accountOfFullName
     */
    public Optional<MailAddress> addressOfFullName() {
        return FullNames.address(this);
    }

    /**
     * Switches the account off. Its password is forgotten in the copy.
     *
     * @return the changed copy
     */
    public Account whenDisabled() {
        return new Account(address, passwordHash, fullName, true, forward, quota);
    }

    /**
     * Sends its mail on.
     *
     * @param onward where to
     * @return the changed copy
     */
    public Account withForward(Forward onward) {
        return new Account(address, passwordHash, fullName, disabled, Optional.of(onward), quota);
    }

    /**
     * Sets how much its mailbox may hold.
     *
     * @param limits in the place of the domain's default
     * @return the changed copy
     */
    public Account withQuota(Quota limits) {
        return new Account(address, passwordHash, fullName, disabled, forward, Optional.of(limits));
    }
}
