/** {@code capemu replay}: a trace without KTR_CAPFAIL records becomes one that has them. */
package org.capemu.emulator.replay;
