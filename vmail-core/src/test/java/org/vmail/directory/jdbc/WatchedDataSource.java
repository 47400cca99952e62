package org.vmail.directory.jdbc;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/** Counts what is asked of a database and what is given back, and fails where a test wants it to. */
final class WatchedDataSource {
    private static final List<Class<?>> WATCHED = List.of(Connection.class, PreparedStatement.class, ResultSet.class);

    final AtomicInteger queries = new AtomicInteger();
    final AtomicInteger open = new AtomicInteger();
    final AtomicInteger mostOpen = new AtomicInteger();
    /** What fails, such as {@code ResultSet.next}; the real thing is closed all the same. */
    volatile String failing = "";

    volatile Exception failure = new SQLException("broken on purpose", "08006");
    /** What queries wait for. */
    volatile Optional<CountDownLatch> gate = Optional.empty();

    private final DataSource source;

    WatchedDataSource(DataSource source) {
        this.source = source;
    }

    DataSource source() {
        return (DataSource) watch(DataSource.class, source);
    }

    private Object watch(Class<?> type, Object real) {
        InvocationHandler handler = (proxy, method, arguments) -> called(type, real, method, arguments);
        return Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {type}, handler);
    }

    private Object called(Class<?> type, Object real, Method method, Object[] arguments) throws Throwable {
        String name = type.getSimpleName() + "." + method.getName();
        if (name.equals("PreparedStatement.executeQuery")) {
            queries.incrementAndGet();
            if (gate.isPresent()) {
                gate.get().await();
            }
        }
        if (name.equals(failing) && !name.endsWith(".close")) {
            throw failure;
        }
        Object result;
        try {
            result = method.invoke(real, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
        if (name.equals("DataSource.getConnection")) {
            mostOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
        } else if (name.equals("Connection.close")) {
            open.decrementAndGet();
        }
        if (name.equals(failing)) {
            throw failure;
        }
        return WATCHED.contains(method.getReturnType()) && result != null
                ? watch(method.getReturnType(), result)
                : result;
    }
}
