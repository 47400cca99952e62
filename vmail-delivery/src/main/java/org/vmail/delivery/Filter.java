package org.vmail.delivery;

import org.vmail.address.Domain;
import org.vmail.directory.CommandLine;

/**
 * A program that changes messages before they are delivered.
 *
 * @param domain the main name of the domain whose mail it changes, which {@code %d} stands for
 * @param command what is run
 */
public record Filter(Domain domain, CommandLine command) {}
