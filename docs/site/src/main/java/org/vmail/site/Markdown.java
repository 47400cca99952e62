package org.vmail.site;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Code;
import org.commonmark.node.CustomNode;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.Heading;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.node.Paragraph;
import org.commonmark.node.SoftLineBreak;
import org.commonmark.node.Text;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;

/** Turns a document into a page. */
final class Markdown {
    private static final Parser PARSER =
            Parser.builder().extensions(List.of(TablesExtension.create())).build();

    private Markdown() {}

    /**
     * Reads a document.
     *
     * @param source where it is in the repository
     * @param target says where a link of it leads on the site
     */
    static Page page(String source, String markdown, UnaryOperator<String> target) {
        Node document = PARSER.parse(markdown);
        document.accept(new AbstractVisitor() {
            @Override
            public void visit(Link link) {
                link.setDestination(target.apply(link.getDestination()));
                visitChildren(link);
            }

            @Override
            public void visit(Image image) {
                image.setDestination(target.apply(image.getDestination()));
            }
        });
        Map<Node, String> anchors = anchors(document);
        String html = HtmlRenderer.builder()
                .extensions(List.of(TablesExtension.create()))
                .escapeHtml(true)
                .attributeProviderFactory(context -> (node, tag, attributes) ->
                        Optional.ofNullable(anchors.get(node)).ifPresent(anchor -> attributes.put("id", anchor)))
                .build()
                .render(document)
                .replace("<table>", "<div class=\"wide\"><table>")
                .replace("</table>", "</table></div>");
        List<Page.Section> sections = sections(document, anchors);
        String title = sections.isEmpty() ? source : sections.get(0).heading();
        return new Page(source, title, html, sections);
    }

    /** Made as those are that readers of the repository see, so that the same links work. */
    private static Map<Node, String> anchors(Node document) {
        Map<Node, String> anchors = new HashMap<>();
        Map<String, Integer> used = new HashMap<>();
        document.accept(new AbstractVisitor() {
            @Override
            public void visit(Heading heading) {
                String anchor = text(heading)
                        .strip()
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-');
                int count = used.merge(anchor, 1, Integer::sum);
                anchors.put(heading, count == 1 ? anchor : anchor + "-" + (count - 1));
            }
        });
        return anchors;
    }

    private static List<Page.Section> sections(Node document, Map<Node, String> anchors) {
        List<Page.Section> sections = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        Optional<Heading> heading = Optional.empty();
        for (Node node = document.getFirstChild(); node != null; node = node.getNext()) {
            if (node instanceof Heading next) {
                heading.ifPresent(last -> sections.add(section(last, anchors, text)));
                heading = Optional.of(next);
                text.setLength(0);
            } else {
                text.append(text(node)).append(' ');
            }
        }
        heading.ifPresent(last -> sections.add(section(last, anchors, text)));
        return sections;
    }

    /** What a reader sees, without where links lead. */
    private static String text(Node node) {
        StringBuilder text = new StringBuilder();
        node.accept(new AbstractVisitor() {
            @Override
            public void visit(Text part) {
                text.append(part.getLiteral());
            }

            @Override
            public void visit(Code code) {
                text.append(code.getLiteral());
            }

            @Override
            public void visit(FencedCodeBlock block) {
                text.append(block.getLiteral());
            }

            @Override
            public void visit(SoftLineBreak end) {
                text.append(' ');
            }

            @Override
            public void visit(Paragraph paragraph) {
                visitChildren(paragraph);
                text.append(' ');
            }

            @Override
            public void visit(CustomNode cellOrRow) {
                visitChildren(cellOrRow);
                text.append(' ');
            }
        });
        return text.toString();
    }

    private static Page.Section section(Heading heading, Map<Node, String> anchors, StringBuilder text) {
        return new Page.Section(
                heading.getLevel(),
                anchors.getOrDefault(heading, ""),
                text(heading).strip(),
                text.toString().replaceAll("\\s+", " ").strip());
    }
}
