package org.vmail.examples.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What was measured for one line of the table: for each server one figure per round, less being better.
 *
 * <p>The ratio of a round is the first server's figure divided by this server's: above 1 is better than the first.
 */
final class Figures {
    private final String what;
    private final String unit;
    private final List<Series> all = new ArrayList<>();

    Figures(String what, String unit) {
        this.what = what;
        this.unit = unit;
    }

    void add(String server, double figure) {
        for (Series series : all) {
            if (series.server.equals(server)) {
                series.figures.add(figure);
                return;
            }
        }
        all.add(new Series(server, new ArrayList<>(List.of(figure))));
    }

    static String header() {
        return "| Work | Unit | Server | Median | Ratio: median | min | max | Rounds |\n|---|---|---|---|---|---|---|---|\n";
    }

    /** A line for each server. */
    String markdown() {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < all.size(); i++) {
            lines.append(line(all.get(i), i == 0 ? Optional.empty() : Optional.of(all.get(0))));
        }
        return lines.toString();
    }

    private String line(Series series, Optional<Series> baseline) {
        List<Double> figures = series.figures;
        String begin =
                String.format(Locale.ROOT, "| %s | %s | %s | %s |", what, unit, series.server, text(median(figures)));
        if (baseline.isEmpty()) {
            return begin + String.format(Locale.ROOT, " 1 | | | %d |%n", figures.size());
        }
        List<Double> others = baseline.get().figures;
        int common = Math.min(figures.size(), others.size());
        List<Double> ratios = IntStream.range(0, common)
                .mapToObj(i -> others.get(i) / figures.get(i))
                .sorted()
                .toList();
        return begin
                + String.format(
                        Locale.ROOT,
                        " **%.2f** | %.2f | %.2f | %d |%n",
                        median(ratios),
                        ratios.get(0),
                        ratios.get(common - 1),
                        common);
    }

    static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        int half = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(half) : (sorted.get(half - 1) + sorted.get(half)) / 2;
    }

    private record Series(String server, List<Double> figures) {}

    private static String text(double figure) {
        return String.format(Locale.ROOT, figure < 10 ? "%.3f" : "%.1f", figure);
    }
}
