/** {@code capemu diff}: two traces of the same program held against each other. */
package org.capemu.emulator.diff;
