/** {@code capemu run} on real programs of this system: what they do, and what is recorded of it. */
package org.capemu.tests.run;
