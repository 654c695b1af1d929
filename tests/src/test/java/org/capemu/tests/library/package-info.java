/** The policy as a library: what its README shows, compiled and run. */
package org.capemu.tests.library;
