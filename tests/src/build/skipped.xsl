<?xml version="1.0" encoding="UTF-8"?>
<!-- From a report of Surefire: which tests were skipped, a line each, with the reason. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:output method="text" encoding="UTF-8" />

  <xsl:template match="/">
    <xsl:for-each select="//testcase[skipped]">
      <!-- A failed assumption is told as an exception with its stack trace. -->
      <xsl:variable name="reason" select="concat(skipped/@message, skipped[not(@message)])" />
      <xsl:variable name="line" select="substring-before(concat(normalize-space($reason), ' at '), ' at ')" />
      <xsl:value-of select="concat('  ', @classname, ' ', @name, ': ', $line, '&#10;')" />
    </xsl:for-each>
  </xsl:template>
</xsl:stylesheet>
