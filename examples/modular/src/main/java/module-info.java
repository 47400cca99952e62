/** A program on the module path: it reads the modules of vmail and nothing behind them. */
module org.vmail.examples.modular {
    requires org.vmail.delivery;
    requires org.vmail.pop3;
    requires static org.jspecify;
}
