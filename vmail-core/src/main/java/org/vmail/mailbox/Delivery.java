package org.vmail.mailbox;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;

/**
 * One message on its way into one mailbox: written, then committed. Before {@link #commit} or {@link #reveal} is called nobody
 * can see it, and without a commit that succeeds it goes away again, unless whoever saw it has moved it meanwhile. Used by one
 * thread at a time, which need not be the same for each step.
 */
public interface Delivery extends Closeable {
    /**
     * Takes the message, header and body. Lines end in CRLF or in LF; whoever reads it gets CRLF.
     *
     * @return always the same stream; closing it is allowed and says that the message is complete
     */
    OutputStream message();

    /**
     * Makes the message visible, but not durable, so that several mailboxes can be made durable together: that is cheaper
     * if none of them waits for the next one to change. {@link #commit} does what is left. Need not be called, and by default
     * does nothing.
     *
     * @throws IOException if that failed; the message is not visible then, and the delivery cannot be committed
     */
    default void reveal() throws IOException {}

    /**
     * Makes the message visible and durable: when this returns, it survives a crash of the program and of the machine. To
     * be called once.
     *
     * @throws IOException if that failed; the message is not visible then, and the same delivery cannot be tried again
     */
    void commit() throws IOException;

    /**
     * Ends the delivery. Without a commit nothing of it remains, but for what a reader has moved after {@link #reveal}.
     *
     * @throws IOException if something had to remain; it is invisible to readers
     */
    @Override
    void close() throws IOException;
}
