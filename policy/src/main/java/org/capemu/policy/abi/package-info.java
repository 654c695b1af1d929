/** The kernel's vocabulary: FreeBSD 15.0's numbers, each in one place. */
@NullMarked
package org.capemu.policy.abi;

import org.jspecify.annotations.NullMarked;
