package org.vmail.delivery;

import org.vmail.address.MailAddress;

/**
 * What became of a message for one recipient of its envelope.
 *
 * @param recipient as the envelope has it
 * @param outcome delivered, to be tried again, or refused
 */
public record DeliveryResult(MailAddress recipient, Outcome outcome) {}
