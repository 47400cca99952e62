package org.vmail.net;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** Records what the library logs, at any level, and keeps it off the console until it is closed. */
public final class LogRecorder implements AutoCloseable {
    private final Logger logger = (Logger) LoggerFactory.getLogger("org.vmail");
    private final ListAppender<ILoggingEvent> events = new ListAppender<>();

    /** Begins to record. */
    public LogRecorder() {
        events.list = new CopyOnWriteArrayList<>();
        events.start();
        logger.setLevel(Level.TRACE);
        logger.setAdditive(false);
        logger.addAppender(events);
    }

    /** What was logged so far: level, logger, text and stack trace of each event. */
    public List<String> texts() {
        return events.list.stream().map(LogRecorder::text).toList();
    }

    /** The texts that contain a part. */
    public List<String> texts(String part) {
        return texts().stream().filter(text -> text.contains(part)).toList();
    }

    @Override
    public void close() {
        logger.detachAppender(events);
        logger.setAdditive(true);
        logger.setLevel(null);
    }

    private static String text(ILoggingEvent event) {
        String stack = event.getThrowableProxy() == null ? "" : ThrowableProxyUtil.asString(event.getThrowableProxy());
        return event.getLevel() + " " + event.getLoggerName() + " " + event.getFormattedMessage() + "\n" + stack;
    }
}
