/** Following programs on a FreeBSD kernel, near or far. */
package org.capemu.tracer.freebsd;
