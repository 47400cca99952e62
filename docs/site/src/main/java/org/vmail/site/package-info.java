/** Makes the web site of the documents that stand in the repository. */
@NullMarked
package org.vmail.site;

import org.jspecify.annotations.NullMarked;
