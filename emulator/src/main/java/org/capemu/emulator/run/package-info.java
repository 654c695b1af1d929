/** {@code capemu run}: a running program's events become the records that a kernel would write. */
package org.capemu.emulator.run;
