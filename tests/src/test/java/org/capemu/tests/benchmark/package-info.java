/** How fast capemu is, measured with JMH; each class can be run by its {@code main}. */
package org.capemu.tests.benchmark;
