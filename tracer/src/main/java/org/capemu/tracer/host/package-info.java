/**
 * What capemu has from the system that it runs on, byte for byte in every locale: its own
 * arguments, and its own files. Names are strings of one char a byte (ISO-8859-1).
 */
package org.capemu.tracer.host;
