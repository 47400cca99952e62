package org.vmail.pop3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.mailbox.maildir.MaildirStore;
import org.vmail.mailbox.memory.InMemoryStore;
import org.vmail.pop3.conformance.Pop3Conformance;
import org.vmail.pop3.conformance.Transcript;
import org.vmail.pop3.conformance.TranscriptResult;

/** The transcripts of {@code src/test/resources/transcripts} with every store, however the client's octets are cut. */
class Pop3TranscriptTest {
    private static final long SEED = 1939;

    @TempDir
    static Path folder;

    @RegisterExtension
    final Pop3Fixture pop3 = new Pop3Fixture();

    private interface Conduct {
        TranscriptResult run(Transcript transcript) throws IOException;
    }

    @TestFactory
    List<DynamicContainer> everyRuleIsKeptWithEveryStore() throws IOException {
        List<DynamicContainer> stores = new ArrayList<>();
        for (Map.Entry<String, StoreMailbox> mailbox : mailboxes().entrySet()) {
            Pop3Conformance kit = kit(mailbox.getValue());
            stores.add(dynamicContainer(mailbox.getKey(), tests(transcript -> {
                TranscriptResult result = kit.run(transcript);
                assertThat(result).as("nothing is left out").isNotInstanceOf(TranscriptResult.Skipped.class);
                return result;
            })));
        }
        return stores;
    }

    @TestFactory
    Stream<DynamicTest> everyRuleIsKeptIfEachOctetComesAlone() throws IOException {
        return tests(inMemory().withSplitting(SEED, 1)::run);
    }

    @TestFactory
    Stream<DynamicTest> everyRuleIsKeptIfAllCommandsComeAtOnce() throws IOException {
        return tests(inMemory()::runPipelined);
    }

    @TestFactory
    Stream<DynamicTest> everyRuleIsKeptIfSegmentsEndAnywhere() throws IOException {
        return tests(inMemory().withSplitting(SEED, 12)::runPipelined);
    }

    /** A new store is a line here. */
    private static Map<String, StoreMailbox> mailboxes() throws IOException {
        Map<String, StoreMailbox> mailboxes = new LinkedHashMap<>();
        mailboxes.put("in memory", StoreMailbox.in(InMemoryStore::new));
        mailboxes.put("Maildir", StoreMailbox.in(() -> MaildirStore.under(Files.createTempDirectory(folder, "root"))));
        return mailboxes;
    }

    private static Stream<DynamicTest> tests(Conduct conduct) {
        return Pop3Conformance.transcripts()
                .map(transcript -> dynamicTest(transcript.name(), () -> check(conduct.run(transcript))));
    }

    private static void check(TranscriptResult result) {
        assumeFalse(result instanceof TranscriptResult.Skipped, result::toString);
        if (result instanceof TranscriptResult.Failed failed) {
            fail(failed.report());
        }
    }

    private Pop3Conformance inMemory() throws IOException {
        return kit(StoreMailbox.in(InMemoryStore::new));
    }

    private Pop3Conformance kit(StoreMailbox mailbox) throws IOException {
        Pop3Server server = pop3.start(mailbox, builder -> builder);
        return Pop3Conformance.of(server.boundAddresses().get(0), mailbox)
                .withFeatures("vmail")
                .withTimeout(Duration.ofSeconds(5))
                .withOfferedFeatures();
    }
}
