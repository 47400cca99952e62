/** POP3 and LMTP as managed beans of a Spring Boot application. */
@NullMarked
package org.vmail.examples.spring;

import org.jspecify.annotations.NullMarked;
