/** {@code capemu dump} held against the text of a real kdump(1). */
package org.capemu.tests.dump;
