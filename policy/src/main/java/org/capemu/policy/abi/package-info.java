/** The kernel's vocabulary: FreeBSD 15.0's numbers and structures, each in one place. */
@NullMarked
package org.capemu.policy.abi;

import org.jspecify.annotations.NullMarked;
