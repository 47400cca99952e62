package org.vmail.delivery.relay;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.vmail.delivery.relay.SpoolRequests.Request;

/**
 * What an administrator does with a spool that a server has open, from a process of one's own. It reads the files of the
 * folder, and leaves requests there, which the server takes up within a second or two; one that is not running does so when it
 * is started, before it sends anything. Who may do that is a matter of the folder's permissions. Immutable and thread-safe;
 * {@link SpoolRelay} has the same for the process that has it open.
 */
public final class SpoolAdministration {
    private static final long POLL_MILLIS = 50;

    private final Path folder;
    private final SpoolRequests requests;

    private SpoolAdministration(Path folder) {
        this.folder = folder;
        this.requests = SpoolFolder.requests(folder);
    }

    /**
     * The administration of a spool.
     *
     * @param folder the folder that the spool was opened with
     * @return its administration; nothing is read yet
     */
    public static SpoolAdministration of(Path folder) {
        return new SpoolAdministration(folder);
    }

    /**
     * The messages that wait or are being sent.
     *
     * @return the messages, the oldest first; those whose files cannot be understood are left out, with a line in the log
     * @throws IOException if the folder cannot be read, or is none of a spool
     */
    public List<SpooledMessage> messages() throws IOException {
        try {
            return SpoolFolder.load(folder).entrySet().stream()
                    .map(SpoolAdministration::message)
                    .sorted(Comparator.comparing(SpooledMessage::arrived).thenComparing(SpooledMessage::id))
                    .toList();
        } catch (NoSuchFileException e) {
            throw new IOException("There is no spool in " + folder + ", or it was never opened", e);
        }
    }

    private static SpooledMessage message(Map.Entry<String, SpoolFolder.Found> found) {
        return SpooledMessage.of(
                found.getKey(), found.getValue().octets(), found.getValue().envelope());
    }

    /**
     * The text of a message.
     *
     * @param id its id
     * @return its octets, which the caller closes; empty if it is not there any more
     * @throws IOException if it cannot be read
     */
    public Optional<InputStream> content(String id) throws IOException {
        if (!SpoolRequests.isId(id)) {
            return Optional.empty();
        }
        try {
            return Optional.of(Files.newInputStream(SpoolFolder.content(folder, id)));
        } catch (NoSuchFileException doneWith) {
            return Optional.empty();
        }
    }

    /**
     * Has everything tried now that waits, as an administrator wants it who has mended the next hop.
     *
     * @param patience how long to wait for the server to do so; zero is not at all
     * @return whether it has; otherwise it will, as soon as it runs
     * @throws IOException if the request cannot be left
     */
    public boolean retryAll(Duration patience) throws IOException {
        return request(List.of(new Request(SpoolAction.RETRY, Optional.empty())), patience);
    }

    /**
     * Has something done with some messages.
     *
     * @param action what
     * @param ids their ids; an id of no message changes nothing
     * @param patience how long to wait for the server to do so; zero is not at all
     * @return whether it has; otherwise it will: as soon as it runs, or has finished sending the message for this time
     * @throws IllegalArgumentException if an id is none
     * @throws IOException if the requests cannot be left
     */
    public boolean request(SpoolAction action, List<String> ids, Duration patience) throws IOException {
        for (String id : ids) {
            if (!SpoolRequests.isId(id)) {
                throw new IllegalArgumentException("'" + id + "' is no id of a message");
            }
        }
        return request(
                ids.stream().map(id -> new Request(action, Optional.of(id))).toList(), patience);
    }

    private boolean request(List<Request> wanted, Duration patience) throws IOException {
        for (Request request : wanted) {
            requests.add(request);
        }
        long deadline = System.nanoTime() + patience.toNanos();
        while (wanted.stream().anyMatch(requests::isThere)) {
            if (System.nanoTime() - deadline >= 0) {
                return false;
            }
            try {
                TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return true;
    }
}
