/** {@code capemu verify}: the kernel's KTR_CAPFAIL records held against the model's. */
package org.capemu.emulator.verify;
