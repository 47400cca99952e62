package org.vmail.delivery;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.internal.Printable;

/**
 * A message as it came, or as a filter made it.
 *
 * @param outcome if it is not accepted, there is no message, and this is why
 * @param discarded whether the filter took it
 * @param message what is delivered
 * @param trace the trace fields of that
 */
record Version(Outcome outcome, boolean discarded, MessageSource message, TraceFields trace) {
    private static final Logger LOG = LoggerFactory.getLogger(Version.class);
    private static final Outcome ACCEPTED = new Outcome.Accepted();

    static Version original(MessageSource message, TraceFields trace) {
        return new Version(ACCEPTED, false, message, trace);
    }

    /** Runs a filter, whose output goes to a spool that the caller closes. */
    Version filtered(Filter filter, ReversePath reversePath, Programs programs, MessageSpool spool) {
        List<String> arguments;
        try {
            arguments = filter.command().arguments(filter.domain(), reversePath.address(), "");
        } catch (IllegalArgumentException e) {
            LOG.warn("The filter {} does not get a message from {}: {}", filter.command(), reversePath, e.getMessage());
            return failed(new Outcome.Refused(EnhancedStatus.BAD_SENDER, "the sender address cannot be used here"));
        }
        try {
            int status = programs.run(arguments, this::copy, new Bounded(spool));
            if (status != 0) {
                throw new IOException("exit status " + status);
            }
            LOG.debug("{} turned a message from {} into {} octets", filter.command(), reversePath, spool.octets());
            return new Version(ACCEPTED, spool.octets() == 0, spool, TraceFields.of(spool));
        } catch (IOException e) {
            LOG.error(
                    "The filter {} of {} failed for a message from {}: {}",
                    filter.command(),
                    filter.domain(),
                    reversePath,
                    Printable.of(String.valueOf(e.getMessage())));
            return failed(new Outcome.Deferred(EnhancedStatus.SYSTEM_FAILURE, "the message cannot be filtered now"));
        }
    }

    private Version failed(Outcome failure) {
        return new Version(failure, false, message, trace);
    }

    private void copy(OutputStream out) throws IOException {
        UnixLines lines = new UnixLines(out);
        trace.copyWithoutReturnPath(message, lines);
        lines.finish();
    }

    /** Fails where the spool would swallow the rest. */
    private static final class Bounded extends FilterOutputStream {
        private final MessageSpool spool;

        Bounded(MessageSpool spool) {
            super(spool);
            this.spool = spool;
        }

        @Override
        public void write(byte[] octets, int offset, int length) throws IOException {
            spool.write(octets, offset, length);
            if (spool.isTooLarge()) {
                throw new IOException("it writes more than a filter may");
            }
        }
    }
}
