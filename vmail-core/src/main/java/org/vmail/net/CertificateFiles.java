package org.vmail.net;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.Provider;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The two files of a certificate, and what they held when they were last in order. One thread at a time. */
final class CertificateFiles {
    private static final Logger LOG = LoggerFactory.getLogger(CertificateFiles.class);

    /** A younger file may change again without a change of its time. */
    private static final long SETTLED_MILLIS = Duration.ofSeconds(3).toMillis();

    private static final Stamp ABSENT = new Stamp(-1, -1, null);

    private final Path chain;
    private final Path key;
    private final Optional<Provider> provider;
    private ServerCertificate certificate;
    private Stamps loaded;
    private boolean settled;
    private @Nullable Stamps reported;

    CertificateFiles(Path chain, Path key, Optional<Provider> provider) throws IOException {
        this.chain = chain;
        this.key = key;
        this.provider = provider;
        this.loaded = stamps();
        this.settled = loaded.isSettled();
        this.certificate = ServerCertificate.load(chain, key, provider);
        warnIfExpired();
    }

    ServerCertificate certificate() {
        return certificate;
    }

    /**
     * Looks whether the files have changed. If what they hold is not in order, the certificate stays what it was.
     *
     * @return whether there is another certificate now
     */
    boolean refresh() {
        Stamps now = stamps();
        if (now.equals(loaded) && settled) {
            return false;
        }
        try {
            ServerCertificate read = ServerCertificate.load(chain, key, provider);
            loaded = now;
            settled = now.isSettled();
            reported = null;
            if (read.alias().equals(certificate.alias())) {
                return false;
            }
            certificate = read;
            LOG.info("{} has changed: now in use is the {}", chain, certificate);
            warnIfExpired();
            return true;
        } catch (IOException e) {
            if (!now.equals(reported)) {
                reported = now;
                LOG.error("The {} stays in use, as its files are not in order: {}", certificate, e.getMessage());
            }
            return false;
        }
    }

    private void warnIfExpired() {
        if (certificate.chain().get(0).getNotAfter().toInstant().isBefore(Instant.now())) {
            LOG.warn("{}: the {} has expired", chain, certificate);
        }
    }

    private Stamps stamps() {
        return new Stamps(stamp(chain), stamp(key));
    }

    /** Of the file that a symbolic link leads to: switching the link is a change. */
    private static Stamp stamp(Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new Stamp(attributes.lastModifiedTime().toMillis(), attributes.size(), attributes.fileKey());
        } catch (IOException e) {
            return ABSENT;
        }
    }

    private record Stamps(Stamp chain, Stamp key) {
        boolean isSettled() {
            long limit = System.currentTimeMillis() - SETTLED_MILLIS;
            return chain.modifiedMillis < limit && key.modifiedMillis < limit;
        }
    }

    private record Stamp(
            long modifiedMillis, long octets, @Nullable Object identity) {}
}
