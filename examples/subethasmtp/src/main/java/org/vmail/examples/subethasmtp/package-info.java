/** Receives mail for many domains over SMTP, with SubEthaSMTP in front of vmail's delivery. */
@NullMarked
package org.vmail.examples.subethasmtp;

import org.jspecify.annotations.NullMarked;
