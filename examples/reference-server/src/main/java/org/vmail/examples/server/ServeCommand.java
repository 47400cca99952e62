package org.vmail.examples.server;

import java.util.concurrent.Callable;
import org.slf4j.LoggerFactory;
import org.vmail.domain.ReverseLookup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Serves until the process is told to end. */
@Command(name = "serve", description = "Serves POP3 and LMTP until it is told to end.", mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {
    /** Not an exit code: the process goes on. */
    static final int SERVING = -1;

    @Mixin
    private ConfigOption config = new ConfigOption();

    @Override
    public Integer call() throws Exception {
        ReferenceServer server = ReferenceServer.start(config.read(), ReverseLookup.system());
        Runtime.getRuntime().addShutdownHook(new Thread(server::close, "shutdown"));
        LoggerFactory.getLogger(ServeCommand.class)
                .info("Serving POP3 on {} and LMTP on {}", server.pop3Addresses(), server.lmtpAddresses());
        return SERVING;
    }
}
