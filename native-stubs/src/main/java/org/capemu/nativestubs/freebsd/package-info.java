/**
 * The kernel calls that tracing on FreeBSD takes: {@link
 * org.capemu.nativestubs.freebsd.FreeBsdKernel}, made by the host's libc or by a capemu-stub
 * elsewhere.
 */
package org.capemu.nativestubs.freebsd;
