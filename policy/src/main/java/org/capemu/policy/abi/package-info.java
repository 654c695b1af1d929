/** The kernel's vocabulary: FreeBSD 15.0's numbers, each in one place. */
package org.capemu.policy.abi;
