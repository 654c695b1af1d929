/** {@code verify}, {@code replay} and {@code diff} on what a real kernel wrote. */
package org.capemu.tests.verify;
