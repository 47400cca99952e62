package org.vmail.chain;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A gigabyte in each direction, and many connections that carry much at once: the memory stays what it was. */
@Tag("long")
@Timeout(120)
class RelayVolumeTest {
    private static final long GIGABYTE = 1L << 30;
    private static final int CONNECTIONS = 40;

    @Test
    void aGigabyteBothWaysTakesNoMoreMemoryThanAMegabyte() throws Exception {
        NativeDaemonRun run = new NativeDaemonRun(ChainOptions.defaults());
        run.relay(1, 1 << 20);
        long before = usedHeap();
        run.relay(1, GIGABYTE);
        assertThat(usedHeap() - before).isLessThan(16 << 20);
        run.close();
    }

    @Test
    void allTogetherTakeNoMoreBuffersThanTheOptionSays() throws Exception {
        long before = directMemory();
        NativeDaemonRun run = new NativeDaemonRun(ChainOptions.defaults().withBufferMemory(1 << 20));
        run.relay(CONNECTIONS, 16 << 20);
        assertThat(directMemory() - before)
                .as("16 buffers, and what the JDK keeps for each thread that copies in small steps")
                .isLessThan((1 << 20) + CONNECTIONS * 8L * 128 * 1024);
        run.close();
    }

    private static long usedHeap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static long directMemory() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }

    /** A daemon that sends back what it gets. */
    private static final class NativeDaemonRun implements AutoCloseable {
        private final ServerSocketChannel listener =
                ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        private final ExecutorService threads = Executors.newCachedThreadPool();
        private final NativeDaemon daemon;

        NativeDaemonRun(ChainOptions options) throws IOException {
            daemon = NativeDaemon.tcp((InetSocketAddress) listener.getLocalAddress(), options);
        }

        void relay(int connections, long octets) throws Exception {
            List<Future<Long>> received = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                ClientPair pair = ClientPair.open();
                Future<?> served = threads.submit(() -> {
                    daemon.serve(pair.connection());
                    return null;
                });
                SocketChannel backEnd = listener.accept();
                Future<?> echo = threads.submit(() -> {
                    copy(backEnd, backEnd, Long.MAX_VALUE);
                    backEnd.close();
                    return null;
                });
                Future<?> sent = threads.submit(() -> {
                    copy(zeros(), pair.client(), octets);
                    pair.client().shutdownOutput();
                    return null;
                });
                received.add(threads.submit(() -> {
                    long count = copy(pair.client(), nowhere(), Long.MAX_VALUE);
                    sent.get();
                    echo.get();
                    served.get();
                    pair.close();
                    return count;
                }));
            }
            for (Future<Long> count : received) {
                assertThat(count.get(100, TimeUnit.SECONDS)).isEqualTo(octets);
            }
        }

        private static long copy(ReadableByteChannel from, WritableByteChannel to, long most) throws IOException {
            ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
            long total = 0;
            while (total < most && from.read(buffer.limit((int) Math.min(buffer.capacity(), most - total))) >= 0) {
                buffer.flip();
                total += buffer.remaining();
                while (buffer.hasRemaining()) {
                    to.write(buffer);
                }
                buffer.clear();
            }
            return total;
        }

        private static ReadableByteChannel zeros() {
            return Channels.newChannel(new InputStream() {
                @Override
                public int read() {
                    return 0;
                }

                @Override
                public int read(byte[] target, int offset, int length) {
                    return length;
                }
            });
        }

        private static WritableByteChannel nowhere() {
            return Channels.newChannel(OutputStream.nullOutputStream());
        }

        @Override
        public void close() throws IOException {
            listener.close();
            threads.shutdown();
        }
    }
}
