/**
 * What Capsicum's capability mode allows: a model of FreeBSD's capsicum(4) in pure Java.
 *
 * <p>Start at {@link org.capemu.policy.Policy}: it decides one system call. What a rule has to know
 * about the process that makes the call it asks of {@link org.capemu.policy.Caller}; what it finds
 * it tells to {@link org.capemu.policy.Findings}, in the order in which the kernel would record it.
 */
@NullMarked
package org.capemu.policy;

import org.jspecify.annotations.NullMarked;
